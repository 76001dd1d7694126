"""The pictures of the documentation can be drawn from the product as it is, and the documents show each of them."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench import _instance
from bench._instance import ROOT
from tests.browser.conftest import Site
from tests.browser.pictures import FOLDER, PICTURES, Desk, draw

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
# An empty page at this size is smaller.
SOMETHING = 10_000
TOGETHER = 1_500_000


@pytest.fixture
def at_once_again(site: Site) -> Iterator[None]:
    """Whoever draws sets real times; the other tests wait for none."""
    yield
    _instance.approve_at_once(site.instance)


@pytest.mark.usefixtures("at_once_again")
def test_every_picture_can_be_drawn(site: Site, sit: Callable[..., "Page"], tmp_path: Path) -> None:
    draw(Desk(site, sit), tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(f"{name}.png" for name in PICTURES)
    assert [file.name for file in tmp_path.iterdir() if file.stat().st_size < SOMETHING] == []


def test_the_pictures_that_are_kept_are_those_that_are_drawn() -> None:
    assert sorted(file.name for file in FOLDER.iterdir()) == sorted(f"{name}.png" for name in PICTURES)
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < TOGETHER


def test_every_picture_is_shown_with_words_for_those_who_cannot_see_it() -> None:
    found: set[str] = set()
    for file in (ROOT / "README.md", ROOT / "docs" / "reviewers.md"):
        for said, path in re.findall(r"!\[(.*?)\]\((.*?)\)", file.read_text(), re.DOTALL):
            assert said.strip()
            assert (file.parent / path).is_file()
            found.add(Path(path).stem)
    assert found == set(PICTURES)
