"""What is set wrongly is named before the first request."""

import pytest
from pytest_django.fixtures import Settings

from config.checks import check_disclosure_change, check_disclosures


@pytest.mark.parametrize(
    ("key", "before", "told"),
    [("now", "", []), ("", "", []), ("now", "then", ["config.W011"]), ("", "then", ["config.E006"])],
)
def test_a_disclosure_key_that_is_being_changed_is_named(
    settings: Settings, key: str, before: str, told: list[str]
) -> None:
    settings.DISCLOSURE_KEY, settings.DISCLOSURE_KEY_PREVIOUS = key, before
    found = check_disclosure_change()
    assert [each.id for each in found] == told
    assert all("COUNTERSIGN_DISCLOSURE_KEY" in f"{each.msg} {each.hint}" for each in found)


def test_without_a_disclosure_key_a_server_is_warned(settings: Settings) -> None:
    settings.DISCLOSURE_KEY, settings.DEBUG = "", False
    assert [each.id for each in check_disclosures()] == ["config.W010"]
