"""Evidence that a rule wants opened: each approver opens each piece of it first, on the revision that they decide."""

import pytest

from approvals import errors, queries, services
from approvals.answers import ActionView
from approvals.evidence import items
from approvals.models import Opening, Review, Snapshot
from tests.approvals.presses import edit, find
from tests.cast import POLICY, Stage, use_policy

WANTED = POLICY.replace(
    "    reviewers: [{group: finance, quorum: 2}]\n    second_person_for_edits: true\n",
    "    reviewers: [{group: finance, quorum: 2}]\n    evidence: [args.note, evidence]\n",
)
BIG = {"customer_id": "cus_1", "amount_usd": 800, "note": "Two charges"}
SENT = [{"title": "Ticket 81", "text": "They wrote twice."}, {"title": "Invoice", "url": "https://x.example/i/1"}]
KEYS = ["args.note", "evidence.1", "evidence.2"]


@pytest.fixture(autouse=True)
def wanted(stage: Stage) -> None:
    use_policy(stage, WANTED)


def asked(stage: Stage, evidence: object = SENT) -> ActionView:
    return stage.submit(args=BIG, evidence=evidence)


def opens(stage: Stage, name: str, view: ActionView, *keys: str) -> None:
    for key in keys:
        services.open_evidence(
            at=stage.at, member=stage.member(name), action_id=view.id, revision=view.revision, item=key
        )


@pytest.mark.parametrize(
    ("opened", "left"),
    [
        ([], ["Argument note", "Evidence 1: Ticket 81", "Evidence 2: Invoice"]),
        (["args.note", "evidence.2"], ["Evidence 1: Ticket 81"]),
    ],
)
def test_what_is_not_opened_is_named(stage: Stage, opened: list[str], left: list[str]) -> None:
    view = asked(stage)
    opens(stage, "ada", view, *opened)
    with pytest.raises(errors.EvidenceRequired) as refusal:
        stage.review("ada", view)
    told = f"Each approver opens the evidence first. Not opened: {'; '.join(left)}. Nothing was changed."
    assert refusal.value.detail == told
    assert [fault.detail for fault in refusal.value.faults] == [f"Open: {name}" for name in left]
    assert find(stage, view) == view


def test_each_approver_opens_for_themselves_and_it_is_kept(stage: Stage) -> None:
    view = asked(stage)
    opens(stage, "ben", view, *KEYS)
    voted = stage.review("ben", view)
    assert (voted.votes[0].evidence, voted) == (tuple(KEYS), find(stage, view))
    assert queries.history(voted)[-1].secrets["evidence"] == KEYS
    with pytest.raises(errors.EvidenceRequired):
        stage.review("ada", view)
    opens(stage, "ada", view, *KEYS)
    done = stage.review("ada", view)
    assert (done.state, done) == ("approved", find(stage, view))
    assert [vote["evidence"] for vote in Snapshot.everywhere.get(action_id=view.id).facts["votes"]] == [KEYS, KEYS]
    assert [row.proof for row in Review.everywhere.filter(action_id=view.id)] == [
        {"authenticated_by": "password", "evidence": KEYS}
    ] * 2


def test_opening_twice_is_kept_once(stage: Stage) -> None:
    view = asked(stage)
    opens(stage, "ada", view, "evidence.1", "evidence.1")
    assert [(row.item, row.revision) for row in Opening.everywhere.all()] == [("evidence.1", 1)]


def test_a_rejection_opens_nothing(stage: Stage) -> None:
    assert stage.review("ada", asked(stage), "reject").state == "rejected"


@pytest.mark.parametrize("is_named", [True, False])
def test_evidence_that_was_not_sent_cannot_be_approved(stage: Stage, is_named: bool) -> None:
    view = asked(stage, []) if is_named else stage.submit(args=BIG)
    opens(stage, "ada", view, "args.note")
    with pytest.raises(errors.EvidenceRequired) as refusal:
        stage.review("ada", view)
    assert "the agent sent none: Evidence from the agent. Ask for it, or reject." in refusal.value.detail
    with pytest.raises(errors.NotFound):
        opens(stage, "ada", view, "evidence")


def test_an_argument_that_was_not_sent_leaves_nothing_to_open(stage: Stage) -> None:
    view = stage.submit(args={"customer_id": "cus_1", "amount_usd": 800}, evidence=SENT)
    assert [item.key for item in items(view)] == KEYS[1:]


def test_a_dry_run_can_be_asked_for(stage: Stage) -> None:
    use_policy(stage, WANTED.replace("[args.note, evidence]", "[dry_run]"))
    with pytest.raises(errors.EvidenceRequired):
        stage.review("ada", stage.submit(args=BIG))
    view = stage.submit(args=BIG, dry_run={"text": "would refund 800"})
    opens(stage, "ada", view, "dry_run")
    assert stage.review("ada", view).votes[0].evidence == ("dry_run",)


def test_another_revision_is_opened_again(stage: Stage) -> None:
    view = asked(stage)
    opens(stage, "ada", view, *KEYS)
    opens(stage, "ben", view, *KEYS)
    # Who edits has read what they changed, and their vote counts.
    edited = edit(stage, "ben", view, amount_usd=700)
    assert (edited.revision, edited.votes[0].evidence) == (2, tuple(KEYS))
    with pytest.raises(errors.EvidenceRequired):
        stage.review("ada", edited)
    with pytest.raises(errors.StaleRevision):
        opens(stage, "ada", view, "args.note")


def test_what_an_editor_writes_need_not_be_opened_by_them(stage: Stage) -> None:
    view = stage.submit(args={"customer_id": "cus_1", "amount_usd": 800}, evidence=SENT)
    opens(stage, "ben", view, *KEYS[1:])
    edited = edit(stage, "ben", view, note="They were charged twice.")
    assert edited.votes[0].evidence == tuple(KEYS[1:])
    assert [item.key for item in items(edited)] == KEYS


def test_an_edit_into_the_rule_is_refused_because_nothing_could_be_opened(stage: Stage) -> None:
    small = stage.submit(args={**BIG, "amount_usd": 80}, evidence=SENT)
    with pytest.raises(errors.EditRefused) as refusal:
        edit(stage, "ada", small, amount_usd=800)
    assert refusal.value.detail.startswith(
        "With these arguments a rule wants evidence opened first (args.note, evidence), which an edit cannot do."
    )
    # Where another has to approve the edit anyway, they open it.
    use_policy(stage, WANTED.replace("    evidence:", "    second_person_for_edits: true\n    evidence:"))
    small = stage.submit(args={**BIG, "amount_usd": 80}, evidence=SENT)
    edited = edit(stage, "ada", small, amount_usd=800)
    opens(stage, "ben", edited, *KEYS)
    assert stage.review("ben", edited).votes[0].evidence == tuple(KEYS)


@pytest.mark.parametrize("name", ["vera", "dana"])
def test_whoever_may_not_review_opens_nothing(stage: Stage, name: str) -> None:
    view = asked(stage)
    with pytest.raises(errors.NotAReviewer):
        opens(stage, name, view, "args.note")
    assert Opening.everywhere.count() == 0


@pytest.mark.parametrize("item", ["", "args.amount_usd", "evidence.3", "dry_run", "args.note\0"])
def test_what_the_rule_does_not_ask_for_is_not_there(stage: Stage, item: str) -> None:
    with pytest.raises(errors.NotFound):
        opens(stage, "ada", asked(stage), item)


def test_evidence_is_not_shown_in_slack(stage: Stage) -> None:
    refused = queries.slack_refusal(asked(stage))
    assert refused is not None
    assert refused.detail.startswith("The policy asks for evidence to be opened")
