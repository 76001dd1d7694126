"""A new disclosure key takes over: values are read as before, and the key before is worth nothing afterwards."""

from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from pytest_django.fixtures import Settings

from audit import erasing, keys, rewrapping, services
from audit.actor import OPERATOR
from audit.canonical import canonical
from audit.models import Disclosure, Event, SubjectKey
from tests.audit.test_keys import WORD, read, write

COUNTERPART = "Quentin Zyx"


@pytest.fixture
def before(db: None, at: datetime, settings: Settings) -> list[str]:
    """Three facts under the first key, one of them about somebody who is no id of ours."""
    settings.DISCLOSURE_KEY, settings.DISCLOSURE_KEY_PREVIOUS = "the first key", ""
    keys.forget_all()
    return [write(at), write(at, COUNTERPART), write(at, COUNTERPART, "wsp_2")]


def change(settings: Settings, new: str = "the second key") -> None:
    """Every process was started anew with both."""
    settings.DISCLOSURE_KEY, settings.DISCLOSURE_KEY_PREVIOUS = new, settings.DISCLOSURE_KEY
    keys.forget_all()


def retire(settings: Settings) -> None:
    settings.DISCLOSURE_KEY_PREVIOUS = ""
    keys.forget_all()


def test_old_and_new_are_read_while_both_are_set(before: list[str], at: datetime, settings: Settings) -> None:
    change(settings)
    event_ids = [*before, write(at), write(at, COUNTERPART)]
    assert [read(event_id) for event_id in event_ids] == [canonical(WORD)] * 5


def test_afterwards_the_new_key_alone_opens_everything(before: list[str], at: datetime, settings: Settings) -> None:
    change(settings)
    found = services.rewrap_keys(actor=OPERATOR, at=at, batch=1)
    # The names' own key was made under the new one.
    assert (found.done, found.already, found.lost, rewrapping.unfinished()) == (3, 1, 0, 0)
    retire(settings)
    assert [read(event_id) for event_id in before] == [canonical(WORD)] * 3
    settings.DISCLOSURE_KEY = "the first key"
    keys.forget_all()
    assert rewrapping.unfinished() == 4
    assert Event.objects.filter(kind="disclosure_key:rewrapped").count() == 1


def test_a_subject_is_found_under_its_old_name_for_ever(before: list[str], at: datetime, settings: Settings) -> None:
    """The hash of a counterpart stands in rows that never change: it must not depend on the newest key."""
    change(settings)
    services.rewrap_keys(actor=OPERATOR, at=at)
    retire(settings)
    change(settings, "the third key")
    services.rewrap_keys(actor=OPERATOR, at=at)
    retire(settings)
    newest = write(at, COUNTERPART)
    assert sorted(erasing.events_about("wsp_1", COUNTERPART)) == sorted([before[1], newest])
    with transaction.atomic():
        erasing.erase_about("wsp_1", COUNTERPART, [before[1], newest])
        erasing.destroy_key("wsp_1", COUNTERPART)
    assert not Disclosure.objects.filter(event_id__in=[before[1], newest]).exists()
    assert read(before[2]) == canonical(WORD)


def test_broken_off_it_goes_on(before: list[str], at: datetime, settings: Settings) -> None:
    change(settings)
    first = SubjectKey.objects.order_by("id").first()
    assert first is not None
    SubjectKey.objects.filter(pk=first.pk).update(wrapped=keys.rewrapped(first.id, bytes(first.wrapped)))
    found = services.rewrap_keys(actor=OPERATOR, at=at, batch=2)
    assert (found.done, found.already) == (2, 2)
    again = services.rewrap_keys(actor=OPERATOR, at=at)
    assert (again.done, again.already, again.lost) == (0, 4, 0)


def test_a_key_that_nobody_opens_is_counted_and_left(before: list[str], at: datetime, settings: Settings) -> None:
    settings.DISCLOSURE_KEY = "a key that was mistyped"
    change(settings)
    found = services.rewrap_keys(actor=OPERATOR, at=at)
    assert (found.done, found.already, found.lost) == (0, 1, 3)


def test_without_a_key_before_it_says_so(before: list[str]) -> None:
    with pytest.raises(CommandError, match="COUNTERSIGN_DISCLOSURE_KEY_PREVIOUS"):
        call_command("audit", "rewrap-keys")


def test_a_key_stays_the_key_of_its_subject(before: list[str]) -> None:
    with pytest.raises(DatabaseError, match="a key stays the key of its subject"), connection.cursor() as cursor:
        cursor.execute("update audit_subjectkey set id = 'another' where id like 'wsp_2/%%'", [])


def said(verb: str) -> str:
    out = StringIO()
    call_command("audit", verb, stdout=out)
    return out.getvalue()


def test_the_verbs_change_it_in_the_data_directory(before: list[str], tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
    folder = tmp_path / "secrets"
    folder.mkdir()
    with pytest.raises(CommandError, match="is not there"):
        said("rotate-disclosure-key")
    (folder / "countersign_disclosure_key").write_text("the first key")
    assert "Restart every process" in said("rotate-disclosure-key")
    assert (folder / "countersign_disclosure_key_previous").read_text() == "the first key"
    change(settings, (folder / "countersign_disclosure_key").read_text())
    with pytest.raises(CommandError, match="still accepted"):
        said("rotate-disclosure-key")
    with pytest.raises(CommandError, match="3 keys are not wrapped"):
        said("retire-disclosure-key")
    assert said("rewrap-keys") == "3 keys wrapped anew, 1 were so already.\n"
    assert "is deleted" in said("retire-disclosure-key")
    assert not (folder / "countersign_disclosure_key_previous").exists()
