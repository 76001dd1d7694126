"""The feedback sink makes one label of each decision, of what the decision froze."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.db import transaction
from pytest_django.fixtures import DjangoAssertNumQueries

from approvals import queries, services
from approvals.answers import ActionView
from approvals.models import Snapshot
from approvals.strict_json import canonical
from audit.actor import Door
from feedback import capture
from feedback.models import Label
from feedback.queries import LabelView, extent, stream
from outbox.models import Message
from outbox.types import Delivery, PermanentFailure
from tests.cast import Stage

REFUND = {"customer_id": "cus_1", "amount_usd": 80}


def delivery(stage: Stage, action_id: str) -> Delivery:
    """What the relay makes of the promise that the decision left."""
    message = Message.objects.get(sink="feedback", subject=action_id)
    assert (message.kind, message.workspace_id, message.payload) == ("action.decided", stage.id, {"id": action_id})
    return Delivery(message.pk, stage.id, message.kind, action_id, message.payload, 0, message.created_at)


def captured(stage: Stage, view: ActionView) -> LabelView:
    capture.capture(delivery(stage, view.id))
    label = label_of(stage, view)
    assert label is not None
    return label


def label_of(stage: Stage, view: ActionView) -> LabelView | None:
    labels = stream(stage.id, through=extent(stage.id)[1])
    return next((label for label in labels if label.action_id == view.id), None)


def facts_of(label: LabelView) -> tuple[Any, ...]:
    return label.kind, label.source, label.final and label.final["args"], label.patch, label.material


def test_ada_approves_as_proposed(stage: Stage) -> None:
    view = stage.submit(intent="Refund the late parcel", metadata={"ticket": "T-1"}, trace_id="trace-1")
    decided = stage.review("ada", view)
    label = captured(stage, decided)
    snapshot = Snapshot.everywhere.get(action_id=view.id)
    assert decided.decision is not None
    assert label == LabelView(
        id=label.id,
        workspace_id=stage.id,
        action_id=view.id,
        decision_id=decided.decision.id,
        kind="approved",
        source="people",
        tool="billing.refund",
        agent_id=stage.otto.agent_id or "",
        agent_version_id="",
        proposed={"tool": "billing.refund", "args": REFUND},
        final={"tool": "billing.refund", "args": REFUND},
        patch=[],
        material=False,
        alternative=None,
        reason_code="",
        taxonomy="reasons/1",
        comment="",
        reviewers=[stage.people["ada"]],
        door="web",
        context={
            "claims": {"intent": "Refund the late parcel", "metadata": {"ticket": "T-1"}},
            "policy": view.policy,
            "needs": [{"group": "reviewers", "approvals": 1, "quorum": 1}],
            "risk": "medium",
            "trace_id": "trace-1",
            "template": "web:facts/1",
            "facts_sha256": sha256(canonical(snapshot.facts)).hexdigest(),
            "manifest_sha256": None,
            "dwell_ms": None,
        },
        decided_at=stage.at,
        created_at=label.created_at,
    )


def test_ben_lowers_the_amount_and_says_why(stage: Stage) -> None:
    decided = stage.review(
        "ben",
        stage.submit(),
        args=canonical({**REFUND, "amount_usd": 45}),
        reason_code="amount_too_high",
        comment="45 was agreed",
    )
    label = captured(stage, decided)
    lower = {"customer_id": "cus_1", "amount_usd": 45}
    patch = [{"op": "replace", "path": "/amount_usd", "value": 45}]
    assert facts_of(label) == ("approved_with_changes", "people", lower, patch, True)
    assert label.proposed == {"tool": "billing.refund", "args": REFUND}
    assert (label.reason_code, label.comment) == ("amount_too_high", "45 was agreed")


def test_a_tidied_note_is_no_material_change(stage: Stage) -> None:
    view = stage.submit(args={**REFUND, "note": "late  parcel"})
    label = captured(stage, stage.review("ada", view, args=canonical({**REFUND, "note": "Late parcel"})))
    patch = [{"op": "replace", "path": "/note", "value": "Late parcel"}]
    assert facts_of(label) == ("approved_with_changes", "people", {**REFUND, "note": "Late parcel"}, patch, False)


def test_a_rejection_invents_no_right_answer(stage: Stage) -> None:
    view = stage.review("ada", stage.submit(), verdict="reject", reason_code="not_needed", comment="paid in May")
    label = captured(stage, view)
    assert facts_of(label) == ("rejected", "people", None, [], False)
    assert (label.reason_code, label.comment, label.reviewers) == ("not_needed", "paid in May", [stage.people["ada"]])


def test_a_rejection_after_an_edit_keeps_what_otto_proposed(stage: Stage) -> None:
    big = {"customer_id": "cus_1", "amount_usd": 900}
    edited = stage.review("ada", stage.submit(args=big), args=canonical({**big, "amount_usd": 700}))
    assert edited.is_open
    label = captured(stage, stage.review("ben", edited, verdict="reject", reason_code="not_needed"))
    assert facts_of(label) == ("rejected", "people", None, [], False)
    assert label.proposed == {"tool": "billing.refund", "args": big}


@pytest.mark.parametrize(
    ("tool", "args", "kind", "final"),
    [
        ("billing.refund", {**REFUND, "amount_usd": 20}, "allowed_by_policy", {**REFUND, "amount_usd": 20}),
        ("crm.delete", {"id": "rec_1"}, "denied_by_policy", None),
    ],
)
def test_what_policy_decides_is_not_taken_for_people(
    stage: Stage, tool: str, args: dict[str, Any], kind: str, final: dict[str, Any] | None
) -> None:
    label = captured(stage, stage.submit(tool, args))
    assert facts_of(label) == (kind, "policy", final, [], False)
    assert label.reviewers == []


def test_otto_withdraws(stage: Stage) -> None:
    view = stage.submit()
    services.withdraw(
        actor=stage.otto.actor, at=stage.at, caller=stage.otto, action_id=view.id, reason="The customer called it off"
    )
    label = captured(stage, view)
    assert facts_of(label) == ("withdrawn", "agent", None, [], False)


def test_nobody_answers(stage: Stage) -> None:
    view = stage.submit(at=stage.at - timedelta(hours=5))
    assert services.fire_due(at=stage.at) == 1
    label = captured(stage, view)
    assert facts_of(label) == ("expired", "timeout", None, [], False)
    assert (label.reviewers, label.door) == ([], Door.SYSTEM.value)


def test_both_reviewers_of_a_quorum_are_named_by_their_ids_alone(stage: Stage) -> None:
    view = stage.submit(args={"customer_id": "cus_1", "amount_usd": 900})
    after = stage.review("ben", stage.review("ada", view))
    label = captured(stage, after)
    assert sorted(label.reviewers) == sorted([stage.people["ada"], stage.people["ben"]])
    assert "Ada" not in str(label)


def test_the_version_of_the_agent_is_remembered_by_its_manifest(stage: Stage) -> None:
    manifest = {"model": "m-1", "prompt_sha256": "ab" * 32}
    view = stage.submit(agent_version={"label": "1.4", **manifest})
    label = captured(stage, stage.review("ada", view))
    assert view.agent_version_id is not None
    assert label.agent_version_id == view.agent_version_id
    assert label.context["manifest_sha256"] == sha256(canonical(manifest)).hexdigest()


def test_a_second_delivery_changes_nothing(stage: Stage) -> None:
    view = stage.review("ada", stage.submit())
    first = captured(stage, view)
    assert captured(stage, view) == first
    assert Label.everywhere.count() == 1


def test_several_in_one_go_are_learned_as_one_by_one(stage: Stage) -> None:
    lower = canonical({**REFUND, "amount_usd": 45})
    views = [
        stage.review("ada", stage.submit()),
        stage.review("ben", stage.submit(), args=lower, reason_code="amount_too_high"),
        stage.review("ada", stage.submit(), verdict="reject", reason_code="not_needed"),
    ]
    with transaction.atomic():
        alone = [captured(stage, view) for view in views]
        transaction.set_rollback(True)
    capture.capture_all([delivery(stage, view.id) for view in views])
    together = [label_of(stage, view) for view in views]
    assert [label.kind for label in alone] == ["approved", "approved_with_changes", "rejected"]
    assert together == [
        label and replace(one, id=label.id, created_at=label.created_at)
        for label, one in zip(together, alone, strict=True)
    ]


@pytest.mark.parametrize("count", [2, 6])
def test_statements_do_not_grow_with_what_is_learned_in_one_go(
    stage: Stage, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sent = [delivery(stage, stage.review("ada", stage.submit()).id) for _ in range(count)]
    with django_assert_num_queries(7):  # decisions; savepoint, known, revisions, reasons, labels, release
        capture.capture_all(sent)
    assert Label.everywhere.count() == count


def test_of_several_one_without_a_decision_leaves_all_unlearned(stage: Stage) -> None:
    sent = [delivery(stage, stage.review("ada", stage.submit()).id) for _ in range(2)]
    with pytest.raises(PermanentFailure):
        capture.capture_all([sent[0], replace(sent[1], subject=stage.submit().id)])
    assert Label.everywhere.count() == 0


def test_without_a_decision_there_is_nothing_to_learn(stage: Stage) -> None:
    decided = stage.review("ada", stage.submit())
    with pytest.raises(PermanentFailure):
        capture.capture(replace(delivery(stage, decided.id), subject=stage.submit().id))
    assert Label.everywhere.count() == 0


def test_another_workspace_reads_no_label_of_this_one(stage: Stage, other: Stage) -> None:
    view = stage.review("ada", stage.submit())
    sent = delivery(stage, view.id)
    with pytest.raises(PermanentFailure):
        capture.capture(replace(sent, workspace_id=other.id))
    capture.capture(sent)
    assert (label_of(other, view), extent(other.id)) == (None, (0, ""))


def test_the_decision_as_read_and_the_label_agree(stage: Stage) -> None:
    decided = stage.review("ada", stage.submit())
    view = queries.find(stage.id, decided.id)
    label = captured(stage, view)
    assert view.decision is not None
    assert (label.decision_id, label.decided_at) == (view.decision.id, view.decision.decided_at)
