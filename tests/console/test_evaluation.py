"""Runs, baselines and gates on their pages."""

from functools import partial
from typing import Any

import pytest

from feedback.queries import evaluation
from tests.cast import Stage
from tests.console.conftest import Browse
from tests.feedback.evaluating import answered, expected, failing, gold, judged
from tests.questions import questions

MOST = {"page": 12, "gate": 12}


def test_ada_judges_a_run_from_the_page_and_makes_it_the_baseline(stage: Stage, browse: Browse) -> None:
    version, ada = gold(stage, 40), browse("ada")
    old, new = answered(stage, version), answered(stage, version, failing({1, 3}), agent_version="2026-11")
    moved = ada.post(f"/w/demo/evaluation/runs/{old.id}/baseline", follow=True).text
    assert "It is the baseline of its dataset now." in moved
    said = {"candidate": new.id, "baseline": "tag:baseline", "margin": "5", "by_tool": "on"}
    answer = ada.post("/w/demo/evaluation/gates", said)
    (found,) = evaluation.gates(stage.id)
    assert answer.headers["Location"] == f"/w/demo/evaluation/gates/{found.id}"
    assert [row["name"] for row in found.rows] == ["all examples", "tool=billing.refund", "tool=crm.note"]
    page = browse("dana").get(f"/w/demo/evaluation/gates/{found.id}").text
    assert ("Inconclusive" in page, "2026-11" in page, "missing call" in page.lower()) == (True, True, True)


def test_the_pairs_that_were_lost_come_first_and_are_narrowed(stage: Stage, browse: Browse) -> None:
    version = gold(stage, 8)
    found = judged(stage, answered(stage, version, failing({0})), answered(stage, version, failing({2, 5})),
                   slices=["tool=crm.note"])  # fmt: skip
    at = f"/w/demo/evaluation/gates/{found.id}"
    page = browse("ben").get(at).text
    assert page.index("case-0002") < page.index("case-0000")
    assert page.index("case-0005") < page.index("case-0000")
    narrowed = browse("ben").get(f"{at}?way=lost&slice=tool%3Dcrm.note").text
    assert [name in narrowed for name in ("case-0005", "case-0002", "case-0000")] == [True, False, False]
    odd = browse("ben").get(f"{at}?way=sideways&slice=nothing")
    assert (odd.status_code, "case-0002" in odd.text) == (200, True)


def test_what_may_not_be_compared_says_why(stage: Stage, browse: Browse) -> None:
    version = gold(stage, 3)
    found = judged(stage, answered(stage, version), answered(stage, version, n=1))
    page = browse("ada").get(f"/w/demo/evaluation/gates/{found.id}").text
    assert ("Why it may not be compared" in page, "lacks 2 of 3 rows" in page) == (True, True)


def test_a_hostile_call_is_spelled_out(stage: Stage, browse: Browse) -> None:
    version = gold(stage, 1)
    evil = {"tool": "<script>alert(1)</script>", "args": {"a": "\u202eevil"}}
    found = judged(stage, answered(stage, version), answered(stage, version, lambda n: evil))
    page = browse("ada").get(f"/w/demo/evaluation/gates/{found.id}").text
    assert ("<script>alert" in page, "\u202e" in page) == (False, False)


def test_a_wrong_call_says_where_it_differs_from_the_right_one(stage: Stage, browse: Browse) -> None:
    version = gold(stage, 1)
    right = expected(0)
    wrong = {**right, "args": {**right["args"], "amount_usd": 999, "x": {"y/z": 1}}}
    found = judged(stage, answered(stage, version), answered(stage, version, lambda n: wrong))
    page = browse("ada").get(f"/w/demo/evaluation/gates/{found.id}").text
    assert (page.count("Differs at"), "/amount_usd</bdi>" in page, "/x</bdi>" in page) == (1, True, True)
    other = judged(stage, answered(stage, version), answered(stage, version, lambda n: {**right, "tool": "crm.other"}))
    assert "Differs at" not in browse("ada").get(f"/w/demo/evaluation/gates/{other.id}").text


@pytest.mark.parametrize(
    "said",
    [
        {"candidate": "run_x", "baseline": "tag:baseline", "margin": "2"},
        {"margin": "2"},
        {"candidate": "first", "baseline": "tag:baseline", "margin": "0"},
        {"candidate": "first", "baseline": "tag:baseline", "margin": "2"},
    ],
)
def test_a_wrong_form_judges_nothing(stage: Stage, browse: Browse, said: dict[str, str]) -> None:
    run = answered(stage, gold(stage, 1))
    given = {name: run.id if value == "first" else value for name, value in said.items()}
    assert browse("ada").post("/w/demo/evaluation/gates", given).status_code == 422
    assert evaluation.gates(stage.id) == []


@pytest.mark.parametrize(("name", "see", "make"), [("eve", 200, True), ("ada", 200, True), ("ben", 200, False),
                                                  ("dana", 200, False), ("vera", 403, False)])  # fmt: skip
def test_roles_see_and_make(stage: Stage, browse: Browse, name: str, see: int, make: bool) -> None:
    run = answered(stage, gold(stage, 2))
    page = browse(name).get("/w/demo/evaluation")
    assert (page.status_code, "Make it the baseline" in page.text) == (see, make)
    assert (browse(name).post(f"/w/demo/evaluation/runs/{run.id}/baseline").status_code == 302) == make


def _all_but(first: int, i: int) -> dict[str, Any] | None:
    return None if i <= first else expected(i)


def test_more_rows_ask_no_more_questions(stage: Stage, browse: Browse) -> None:
    version, ada = gold(stage, 4), browse("ada")
    costs: dict[str, list[int]] = {"page": [], "gate": []}
    for n in range(3):
        run = answered(stage, version, partial(_all_but, n))
        found = judged(stage, answered(stage, version), run)
        if n in {0, 2}:
            for what, path in (("page", "/w/demo/evaluation"), ("gate", f"/w/demo/evaluation/gates/{found.id}")):
                ada.get(path)
                with questions() as asked:
                    assert ada.get(path).status_code == 200
                costs[what].append(len(asked))
    assert [(what, one) for what, one in costs.items() if one[0] != one[1] or one[0] > MOST[what]] == []
