"""Each person's own keys."""

import re

import pytest

from console import key_maps
from tests.cast import Stage
from tests.console.conftest import Browse

PAGE = "/w/demo/settings/shortcuts"


def shown(html: str) -> dict[str, str]:
    return dict(re.findall(r'<kbd data-act="(\w+)">(.)</kbd>', html.split('<dialog id="keys"')[1]))


def test_the_keys_come_as_they_are(stage: Stage, browse: Browse) -> None:
    assert shown(browse("ada").get(PAGE).text) == key_maps.OURS


def test_ada_gives_an_act_another_key_and_ben_keeps_his(stage: Stage, browse: Browse) -> None:
    ada = browse("ada")
    answer = ada.post(PAGE, {**key_maps.OURS, "approve": "y", "next": "a"})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert shown(ada.get("/w/demo/queue").text) == {**key_maps.OURS, "approve": "y", "next": "a"}
    assert shown(browse("ada").get("/w/demo/history").text)["approve"] == "y"
    assert shown(browse("ben").get(PAGE).text) == key_maps.OURS
    ada.post(PAGE + "/reset")
    assert shown(ada.get(PAGE).text) == key_maps.OURS


def test_keys_changed_in_one_browser_are_those_of_the_next_page_in_another(stage: Stage, browse: Browse) -> None:
    desk, phone = browse("ada"), browse("ada")
    assert shown(phone.get("/w/demo/queue").text) == key_maps.OURS
    desk.post(PAGE, {**key_maps.OURS, "approve": "y"})
    assert shown(phone.get("/w/demo/queue").text) == {**key_maps.OURS, "approve": "y"}
    desk.post(PAGE + "/switch")
    assert 'data-on="no"' in phone.get("/w/demo/queue").text


@pytest.mark.parametrize(
    ("act", "key", "told"),
    [
        ("approve", "r", "r is the key of “Approve exactly what is on the page” already. Each key can do one thing."),
        ("approve", "", "This field is required."),
        ("approve", "\u3164", "Give one letter, digit or sign."),
        ("approve", "\u200b", "Give one letter, digit or sign."),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(stage: Stage, browse: Browse, act: str, key: str, told: str) -> None:
    ada = browse("ada")
    answer = ada.post(PAGE, {**key_maps.OURS, act: key})
    assert (answer.status_code, told in answer.text) == (422, True)
    assert key_maps.of(stage.people["ada"]).keys == key_maps.OURS


def test_keys_are_switched_off_for_the_person_not_for_a_browser(stage: Stage, browse: Browse) -> None:
    ada = browse("ada")
    assert ada.post(PAGE + "/switch", headers={"HX-Request": "true"}).status_code == 204
    assert 'data-on="no"' in ada.get("/w/demo/queue").text
    assert 'data-on="no"' in browse("ada").get("/w/demo/queue").text
    assert "Single keys are on." in ada.post(PAGE + "/switch", {"is_on": "yes"}, follow=True).text
    assert 'data-on="yes"' in ada.get("/w/demo/queue").text
