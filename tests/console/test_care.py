"""The care view: one's own votes for oneself, sums for whoever leads, and nobody's figures for anybody else."""

import re
from datetime import timedelta

from approvals import queries, strict_json
from approvals.exercises import Kind
from tests.approvals.test_seeding import CALL, seeded, switched_on
from tests.cast import Stage, add_person
from tests.console.conftest import Browse
from tests.questions import questions

PAGE = "/w/demo/care"


def test_ada_sees_her_own_votes_and_nobody_elses(stage: Stage, browse: Browse) -> None:
    stage.review("ada", stage.submit(at=stage.at - timedelta(seconds=20)))
    stage.review("ada", stage.submit(at=stage.at - timedelta(minutes=5)), "reject", reason_code="other")
    edited = strict_json.canonical({"customer_id": "cus_1", "amount_usd": 60})
    stage.review("ada", stage.submit(at=stage.at - timedelta(minutes=1)), args=edited, reason_code="other")
    stage.review("ben", stage.submit())
    found = queries.care_of(stage.id, stage.people["ada"], stage.at)
    today = found.days[-1]
    assert (today.approved, today.edited, today.rejected) == (1, 1, 1)
    assert [(band.votes, band.approved) for band in found.bands] == [(0, 0), (1, 1), (1, 1), (1, 0), (0, 0)]
    page = " ".join(browse("ada").get(PAGE).text.split())
    assert "<dd>3, of which 2 to approve</dd>" in page
    assert "Ben" not in page


def test_a_viewer_is_told_what_to_expect(stage: Stage, browse: Browse) -> None:
    page = browse("vera").get(PAGE).text
    assert "No votes of yours yet" in page
    assert "The workspace together" not in page


def test_votes_of_another_workspace_and_of_long_ago_are_left_out(stage: Stage, other: Stage) -> None:
    stage.review("ada", stage.submit())
    later = [stage.at + timedelta(days=days) for days in (0, 29, 30)]
    assert [queries.care_of(stage.id, stage.people["ada"], at).votes for at in later] == [1, 1, 0]
    assert queries.care_of(other.id, stage.people["ada"], stage.at).votes == 0


def test_sums_are_hidden_until_three_people_have_voted(stage: Stage, browse: Browse) -> None:
    add_person(stage, "finn", "reviewer", ("reviewers",))
    lead = browse("ada")
    for name, people in (("ada", 1), ("ben", 2), ("finn", 3)):
        stage.review(name, stage.submit())
        page = " ".join(lead.get(PAGE).text.split())
        assert ("Sums stand here once three people or more" in page) is (people < 3)
        assert (f"3 votes of {people} people, 3 of them to approve." in page) is (people == 3)
        assert [other for other in ("Ben", "Finn") if other in page] == []
    assert "The workspace together" not in browse("ben").get(PAGE).text


def test_test_actions_count_once_they_are_decided(stage: Stage, browse: Browse) -> None:
    switched_on(stage)
    stage.review("ben", seeded(stage, Kind.HIDDEN), "reject", reason_code="looks_manipulated")
    stage.review("ben", seeded(stage, Kind.SUMMARY))
    stage.review("ben", seeded(stage, Kind.AMOUNT))
    found = queries.care_of(stage.id, stage.people["ben"], stage.at)
    assert (found.votes, found.tested, found.caught) == (3, 2, 1)


def test_three_votes_cost_as_many_queries_as_one(stage: Stage, browse: Browse) -> None:
    client = browse("ada")
    stage.review("ada", stage.submit(args=CALL))
    client.get(PAGE)
    for _ in range(2):
        with questions() as asked:
            client.get(PAGE)
        assert len(asked) == 8, asked
        stage.review("ada", stage.submit(args=CALL))
        stage.review("ben", stage.submit(args=CALL), "reject", reason_code="other")


def test_the_drawing_fits_its_frame(stage: Stage, browse: Browse) -> None:
    for n in range(4):
        stage.review(
            "ada", stage.submit(), *(["reject"] if n == 0 else []), **({"reason_code": "other"} if n == 0 else {})
        )
    page = browse("ada").get(PAGE).text
    rects = re.findall(r'<rect class="(\w+)" x="(\d+)" y="([\d.]+)" width="8" height="([\d.]+)" />', page)
    assert rects == [("rejected", "291", "60.0", "20.0"), ("approved", "291", "0.0", "60.0")]
