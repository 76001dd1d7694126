"""What others say later changes the versions to come, never those that are frozen."""

from datetime import timedelta
from typing import Any

import pytest

from approvals.envelope import spelled
from approvals.errors import BadRequest
from approvals.strict_json import canonical
from audit.actor import SYSTEM
from feedback import services
from feedback.drawing import Purpose
from feedback.lessons import Decided
from feedback.models import Look, Outcome
from feedback.queries import ItemView, VersionView, looks
from feedback.settling import Held, Lived, held
from feedback.settling import Look as Looked
from tests.cast import Stage
from tests.feedback.deciding import label
from tests.feedback.learning import REFUND, dataset, decided, frozen, items
from tests.feedback.test_looks import give

PROPOSED = {"tool": "crm.note", "args": {"text": "note 0"}}
BETTER = {"tool": "crm.note", "args": {"text": "shorter"}}
OTHER = {"tool": "mail.send", "args": {"to": "ada"}}


def spell(call: dict[str, Any]) -> bytes:
    return spelled(call["tool"], canonical(call["args"]))


def lived(kind: str = "approved", final: Any = PROPOSED, alternative: Any = None) -> Lived:
    patch = [{"op": "replace", "path": "/text", "value": final["args"]["text"]}] if final != PROPOSED and final else []
    return Lived(kind, PROPOSED, final, patch, bool(patch), alternative, ["ada"])


def looked(verdict: str, call: Any = None, purpose: str = "blind", by: str = "ben") -> Looked:
    return Looked(purpose, verdict, call, 0.2, by)


def told(found: Held | None) -> tuple[Any, ...]:
    assert found is not None
    return found.decided, found.final, found.alternative, found.tier, found.is_overturned


APPROVE, EDIT, REJECT = Decided.APPROVE, Decided.EDIT, Decided.REJECT
AS_PROPOSED = (APPROVE, PROPOSED, None)
REFUSED, CHANGED = lived("rejected", None, OTHER), lived("approved_with_changes", BETTER)
ALLOWED = lived("allowed_by_policy")


def last(verdict: str, call: Any = None) -> Looked:
    return looked(verdict, call, Purpose.ADJUDICATION, "eve")


@pytest.mark.parametrize(
    ("at_the_time", "said", "is_held"),
    [
        (lived(), [], (*AS_PROPOSED, "single", False)),
        (lived(), [looked("approve")], (*AS_PROPOSED, "double", False)),
        (lived(), [looked("reject")], (*AS_PROPOSED, "single", False)),
        (lived(), [looked("reject"), last("reject")], (REJECT, None, None, "adjudicated", True)),
        (lived(), [looked("reject", OTHER), last("reject")], (REJECT, None, OTHER, "adjudicated", True)),
        (lived(), [looked("edit"), last("edit", BETTER)], (EDIT, BETTER, None, "adjudicated", True)),
        (lived(), [looked("edit", BETTER), last("edit")], (EDIT, BETTER, None, "adjudicated", True)),
        (lived(), [looked("edit"), last("edit")], (REJECT, None, None, "adjudicated", True)),
        (lived(), [looked("reject", OTHER), last("approve")], (*AS_PROPOSED, "adjudicated", False)),
        (lived(), [looked("reject"), last("unclear")], (*AS_PROPOSED, "unclear", False)),
        (REFUSED, [looked("approve"), last("approve")], (*AS_PROPOSED, "adjudicated", True)),
        (REFUSED, [looked("edit"), last("reject")], (REJECT, None, OTHER, "adjudicated", False)),
        (CHANGED, [looked("approve"), last("edit")], (EDIT, BETTER, None, "adjudicated", False)),
        (ALLOWED, [looked("approve", None, "audit_allowed")], (*AS_PROPOSED, "single", True)),
        (ALLOWED, [looked("reject", OTHER, "audit_allowed")], (REJECT, None, OTHER, "single", True)),
    ],
)  # fmt: skip
def test_what_is_held_true(at_the_time: Lived, said: list[Looked], is_held: tuple[Any, ...]) -> None:
    assert told(held(at_the_time, said)) == is_held


@pytest.mark.parametrize("kind", ["allowed_by_policy", "denied_by_policy", "expired", "withdrawn", "stopped"])
def test_what_nobody_judged_is_no_example(kind: str) -> None:
    assert held(lived(kind), []) is None
    assert (held(lived(kind), [looked("reject", None, "audit_allowed")]) is None) == (kind != "allowed_by_policy")


def test_an_edit_that_was_settled_bears_its_own_patch() -> None:
    found = held(lived(), [looked("edit"), last("edit", BETTER)])
    assert found is not None
    assert (found.patch, found.material) == ([{"op": "replace", "path": "/text", "value": "shorter"}], True)


def drawn(stage: Stage, **given: Any) -> Look:
    label(stage, 0, at=stage.at - timedelta(hours=1), **{"risk": "critical", **given})
    services.draw_all(actor=SYSTEM, at=stage.at, workspace_id=stage.id)
    return Look.everywhere.get(purpose="blind")


def third(stage: Stage, verdict: str, **more: Any) -> None:
    give(stage, Look.everywhere.get(purpose="adjudication"), "eve", verdict, **more)


def only(stage: Stage, version: VersionView) -> ItemView:
    (item,) = items(stage, version)
    return item


def test_what_a_third_person_settles_changes_the_next_version_and_not_the_frozen_one(stage: Stage) -> None:
    look = drawn(stage)
    made = dataset(stage)
    first = frozen(stage, made)
    before = only(stage, first)
    assert (before.content["decision"], before.provenance["tier"]) == ("approve", "single")
    give(stage, look, verdict="reject")
    assert frozen(stage, made) == first
    third(stage, "reject", answer=spell(OTHER), comment="It should have asked by mail")
    second = frozen(stage, made)
    after = only(stage, second)
    assert (second.n, second.manifest_sha256 == first.manifest_sha256, after.split) == (2, False, before.split)
    assert (after.content["decision"], after.content["alternative"], after.revision) == ("reject", OTHER, 2)
    assert after.content["expectation"] == {"mode": "exact", "actions": [OTHER], "forbidden": [PROPOSED]}
    assert (after.provenance["tier"], len(after.provenance["reviewers"])) == ("adjudicated", 3)
    assert only(stage, first) == before


def test_a_second_person_who_agrees_raises_the_tier_and_leaves_every_hash(stage: Stage) -> None:
    look = drawn(stage)
    made = dataset(stage)
    first = frozen(stage, made)
    give(stage, look)
    second = frozen(stage, made)
    assert (second.n, second.manifest_sha256) == (2, first.manifest_sha256)
    assert (first.counts["tier"], second.counts["tier"]) == ({"single": 1}, {"double": 1})
    assert frozen(stage, made) == second


def test_what_nobody_could_say_is_left_out_and_counted(stage: Stage) -> None:
    decided(stage)
    look = drawn(stage)
    made = dataset(stage)
    first = frozen(stage, made)
    give(stage, look, verdict="reject")
    third(stage, "unclear")
    second = frozen(stage, made)
    assert (first.size, second.size) == (2, 1)
    assert second.report["left_out"] == {"nobody_could_say": 1}


def test_what_policy_let_through_is_an_example_once_an_audit_looked_at_it(stage: Stage) -> None:
    row = label(stage, 0, at=stage.at - timedelta(hours=1), kind="allowed_by_policy")
    decided(stage)
    made = dataset(stage)
    assert frozen(stage, made).report["left_out"] == {"nobody_judged:allowed_by_policy": 1}
    audit = Look(
        id="rvw_01m7wbape3eebbga8mm2trhrmr", workspace_id=stage.id, label=row, purpose="audit_allowed",
        probability=0.05, drawn_at=stage.at,
    )  # fmt: skip
    audit.save(force_insert=True)
    give(stage, audit, verdict="reject")
    version = frozen(stage, made)
    assert (version.size, version.report["left_out"]) == (2, {})
    (item,) = [item for item in items(stage, version) if item.external_id == row.action_id]
    assert (item.content["decision"], item.provenance["purpose"]) == ("reject", "audit_allowed")
    assert item.provenance["inclusion_probability"] == 0.05


def test_a_rejection_with_an_alternative_teaches_a_pair_and_one_without_teaches_none(stage: Stage) -> None:
    better = {"tool": "billing.refund", "args": {**REFUND, "amount_usd": 45}}
    decided(stage, "reject", alternative=spell(better))
    decided(stage, "reject", args={**REFUND, "customer_id": "cus_2"})
    named, silent = sorted(
        items(stage, frozen(stage, dataset(stage))), key=lambda item: "alternative" not in item.content
    )
    assert named.content["alternative"] == better
    assert named.content["expectation"] == {
        "mode": "exact", "actions": [better], "forbidden": [{"tool": "billing.refund", "args": REFUND}],
    }  # fmt: skip
    assert silent.content["expectation"]["actions"] == []


@pytest.mark.parametrize(
    ("verdict", "call", "code"),
    [
        ("approve", BETTER, "answer_without_need"),
        ("edit", OTHER, "wrong_tool"),
        ("reject", PROPOSED, "same_call"),
        ("reject", {"tool": "crm.note", "args": {"text": "x" * 65_536}}, "arguments_too_large"),
    ],
)
def test_an_answer_that_is_no_other_call_is_refused(stage: Stage, verdict: str, call: Any, code: str) -> None:
    look = drawn(stage)
    with pytest.raises(BadRequest) as refused:
        give(stage, look, verdict=verdict, answer=spell(call))
    assert refused.value.code == code
    assert Look.everywhere.get(pk=look.pk).given_at is None


def test_what_was_said_later_goes_with_the_erased_action(stage: Stage) -> None:
    look = drawn(stage)
    give(stage, look, verdict="reject", answer=spell(OTHER), comment="Ask by mail")
    row = look.label
    services.judge_outcome(
        actor=SYSTEM, at=stage.at, workspace_id=stage.id, action_id=row.action_id, right=False, comment="Mailed twice"
    )
    assert looks.open_looks(stage.id, stage.people["eve"]) != []
    services.erase_labels(at=stage.at, workspace_id=stage.id, action_ids=[row.action_id])
    kept = Look.everywhere.get(pk=look.pk)
    assert (kept.comment, kept.answer, kept.verdict, kept.erased_at) == ("", None, "reject", stage.at)
    assert Outcome.everywhere.get().comment == ""
    assert looks.open_looks(stage.id, stage.people["eve"]) == []
    decided(stage)
    assert frozen(stage, dataset(stage)).size == 1
