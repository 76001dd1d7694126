"""The standard reports, held against stories whose answers can be counted by hand."""

import csv
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from approvals import policies, services
from approvals.models import Decision, Review
from audit.actor import Door
from compliance.mapping import MAPPING
from compliance.reports import REPORTS
from compliance.reports.shape import nearest_rank
from tests.approvals.presses import edit
from tests.cast import POLICY, Stage, use_policy
from tests.compliance.ordering import file_of, made


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Any) -> None:
    settings.EXPORTS_DIR = tmp_path / "exports"


def rows(stage: Stage, name: str, **asked: str) -> list[dict[str, str]]:
    """The report as its CSV has it."""
    until = (stage.at + timedelta(hours=1)).isoformat()
    view = made(stage, name, "csv", **{"until": until, **asked})
    return list(csv.DictReader(file_of(view).read_text("utf-8-sig").splitlines()))


def later(stage: Stage, seconds: int) -> Any:
    return stage.at + timedelta(seconds=seconds)


def test_the_register_has_every_decision_once(stage: Stage) -> None:
    small = stage.submit(args={"customer_id": "c", "amount_usd": 20})
    refused = stage.submit("crm.delete", {"id": "1"})
    asked = stage.submit()
    stage.review("ben", asked, at=later(stage, 90))
    stage.submit()
    found = {row["action"]: row for row in rows(stage, "decisions")}
    assert {
        pk: (row["outcome"], row["source"], row["rule"], row["seconds_to_decide"]) for pk, row in found.items()
    } == {
        small.id: ("approved", "policy", "small-refunds", "0"),
        refused.id: ("rejected", "policy", "no-deletes", "0"),
        asked.id: ("approved", "people", "refunds-over-50", "90"),
    }
    assert (found[asked.id]["decided_by"], found[asked.id]["agent"], found[asked.id]["test"]) == ("Ben", "otto", "no")
    assert found[asked.id]["event"] == Decision.everywhere.get(action_id=asked.id).event_id


def test_the_register_is_narrowed(stage: Stage) -> None:
    stage.submit(args={"customer_id": "c", "amount_usd": 20})
    refused = stage.submit("crm.delete", {"id": "1"})
    for asked in ({"tool": "crm.delete"}, {"outcome": "rejected"}, {"rule": "no-deletes"}):
        assert [row["action"] for row in rows(stage, "decisions", **asked)] == [refused.id]
    assert rows(stage, "decisions", agent="lotte") == []
    assert rows(stage, "decisions", since=later(stage, 60).isoformat()) == []


def test_reviewers_are_told_apart_by_how_they_decide(stage: Stage) -> None:
    for n in range(3):
        stage.review("ben", stage.submit(), at=later(stage, 10 * (n + 1)))
    stage.review("ben", stage.submit(), "reject", reason_code="other", at=later(stage, 100))
    edit(stage, "ada", stage.submit(), amount_usd=60)
    found = {row["reviewer"]: row for row in rows(stage, "reviewers")}
    assert {
        name: (row["votes"], row["approved"], row["approved_changed"], row["rejected"]) for name, row in found.items()
    } == {
        "Ada": ("1", "0", "1", "0"),
        "Ben": ("4", "3", "0", "1"),
    }
    assert (found["Ben"]["override_percent"], found["Ada"]["override_percent"]) == ("25.0", "100.0")
    ben = found["Ben"]
    assert (ben["seconds_median"], ben["seconds_p90"], ben["seconds_longest"], ben["voted_unopened"]) == (
        "20",
        "100",
        "100",
        "4",
    )


def test_what_policy_let_through_is_summed_by_rule_and_tool(stage: Stage) -> None:
    for amount in (20, 30.5):
        stage.submit(args={"customer_id": "c", "amount_usd": amount})
    stage.submit("crm.delete", {"id": "1"})
    [row] = rows(stage, "let-through")
    assert (row["rule"], row["tool"], row["actions"], row["amount"], row["largest"], row["currency"]) == (
        "small-refunds",
        "billing.refund",
        "2",
        "50.5",
        "30.5",
        "USD",
    )


def test_duties_kept_apart_have_no_finding(stage: Stage) -> None:
    asked = stage.submit(args={"customer_id": "c", "amount_usd": 600})
    stage.review("ada", stage.review("ben", asked), at=later(stage, 1))
    [row] = rows(stage, "duties")
    assert (row["owner"], row["decided_by"], row["quorum"], row["finding"]) == (
        "Eve",
        "Ben, Ada",
        "2 of finance",
        "none",
    )


def test_what_the_verbs_refuse_is_found_where_somebody_wrote_it_into_the_rows(stage: Stage) -> None:
    """Through the product none of these can happen, so the rows are made by hand."""
    asked = stage.review("ben", stage.submit())
    eve = {"id": stage.people["eve"], "name": "Eve"}
    first = Decision.everywhere.get(action_id=asked.id)
    copied = stage.submit()
    Decision.everywhere.create(
        id=first.id[:-4] + "zzzz",
        workspace_id=stage.id,
        action_id=copied.id,
        outcome="approved",
        source="people",
        revision=1,
        edited=False,
        changes=[],
        decided_by=[eve, eve],
        decided_at=stage.at,
        door="web",
        event_id=first.event_id,
    )
    findings = {row["action"]: row["finding"] for row in rows(stage, "duties")}
    assert findings == {
        asked.id: "none",
        copied.id: "the agent's owner decided; one person counted twice; fewer approvals than asked for",
    }


def test_what_was_late_or_expired_is_told_and_the_rest_is_not(stage: Stage) -> None:
    quick = stage.review("ben", stage.submit())
    expired = stage.submit(at=stage.at - timedelta(hours=5))
    services.fire_due(at=stage.at, limit=10)
    found = {row["action"]: (row["outcome"], row["finding"]) for row in rows(stage, "overdue")}
    assert found == {expired.id: ("expired", "expired")}
    assert quick.id not in found


def test_policy_history_names_author_and_signers(stage: Stage) -> None:
    looser = POLICY.replace("args.amount_usd <= 50", "args.amount_usd <= 60")
    ada, eve = (stage.member(name).actor(Door.WEB) for name in ("ada", "eve"))
    given: dict[str, Any] = {"workspace_id": stage.id}
    proposal = services.propose_policy(actor=ada, at=later(stage, 1), text=looser, **given)
    active = policies.active(stage.id, fresh=True)
    assert active is not None
    for n, person in enumerate((ada, eve)):
        services.sign_policy(
            actor=person,
            at=later(stage, 2 + n),
            proposal_id=proposal.proposal_id,
            base_id=active.version_id,
            **given,
        )
    found = rows(stage, "policy-history")
    assert [(row["name"], row["activated_by"] != "") for row in found] == [("cast", True), ("cast", True)]
    assert (found[1]["before"], found[1]["written_by"], found[1]["signed_by"]) == (
        found[0]["version"],
        "Ada",
        "Ada, Eve",
    )


def test_access_to_evidence_tells_what_was_taken_away(stage: Stage) -> None:
    first = made(stage, form="csv")
    found = rows(stage, "evidence")
    assert [(row["kind"], row["name"], row["about"]) for row in found] == [
        ("export:made", "Dana", f"export {first.id}")
    ]
    assert [row["kind"] for row in rows(stage, "evidence")] == ["export:made", "export:made"]


def test_the_integrity_statement_counts_the_log_itself(stage: Stage) -> None:
    stage.submit()
    told = {row["statement"]: row["value"] for row in rows(stage, "integrity", since=stage.at.isoformat())}
    assert (told["Events of the period"], told["Events of kind action:submitted"]) == ("1", "1")
    assert told["First event"] == told["Last event"] != ""


def test_nothing_of_another_workspace_is_in_any_report(stage: Stage, other: Stage) -> None:
    use_policy(other, "name: cleos\ndefaults: {effect: deny}\n")
    for name in REPORTS:
        text = file_of(made(stage, name, "csv")).read_text()
        assert ("cleo" in text.lower(), other.id in text) == (False, False)


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_there_when_nothing_happened(stage: Stage, name: str) -> None:
    Review.everywhere.all()
    future = (stage.at - timedelta(days=3)).isoformat()
    view = made(stage, name, "csv", until=future)
    head = file_of(view).read_text("utf-8-sig").splitlines()[0]
    assert head == ",".join(REPORTS[name].columns)


def test_every_report_is_evidence_for_something_and_the_mapping_names_no_other() -> None:
    named = {name for one in MAPPING for name in one.reports}
    assert named == {*REPORTS, "bundle"}
    frameworks = {one.framework for one in MAPPING}
    assert frameworks == {"EU AI Act", "SOC 2", "ISO/IEC 42001", "NIST AI RMF"}
    wanted = {"Art. 12", "Art. 14", "Art. 19", "Art. 26", "CC6", "CC7", "CC8", "A.6.2.8", "A.9"}
    assert wanted <= {one.clause for one in MAPPING}


@pytest.mark.parametrize("report", REPORTS.values(), ids=lambda report: report.name)
def test_a_report_prints_and_tallies_columns_of_its_own(report: Any) -> None:
    assert set(report.paper) <= set(report.columns)
    assert report.tally in {"", *report.columns}


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.5, None),
        ([7], 0.5, 7),
        ([1, 2], 0.5, 1),
        ([1, 2, 3], 0.5, 2),
        (list(range(1, 11)), 0.9, 9),
        ([1, 2], 1, 2),
    ],
)
def test_quantiles_are_by_nearest_rank(values: list[int], share: float, expected: int | None) -> None:
    assert nearest_rank(values, share) == expected


def test_an_amount_is_exact(stage: Stage) -> None:
    stage.submit(args={"customer_id": "c", "amount_usd": 10})
    [row] = rows(stage, "let-through")
    assert Decimal(row["amount"]) == 10
    assert row["amount"] == "10"
