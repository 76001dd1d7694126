"""An edit: another revision under everything that governs the action, and who may approve it then."""

from datetime import timedelta

import pytest

from approvals import errors, queries, services
from approvals.models import Review, Revision
from approvals.strict_json import canonical
from audit import keys
from audit.models import Disclosure
from tests.approvals.presses import edit, find, spend
from tests.cast import POLICY, Stage, add_person, use_policy

BIG = {"customer_id": "cus_1", "amount_usd": 800}
DENYING = POLICY.replace(
    "rules:\n", 'rules:\n  - {id: cap, tools: [billing.refund], when: ["args.amount_usd > 5000"], effect: deny}\n'
)


def refused(stage: Stage, args: bytes, **claims: object) -> errors.EditRefused:
    view = stage.submit(**claims)  # type: ignore[arg-type]
    with pytest.raises(errors.EditRefused) as refusal:
        stage.review("ada", view, args=args)
    assert find(stage, view) == view
    return refusal.value


def test_an_edit_has_to_fit_the_schema_and_says_where_it_does_not(stage: Stage) -> None:
    error = refused(stage, canonical({"customer_id": "cus_1", "amount_usd": -1}))
    assert (error.code, [fault.pointer for fault in error.faults]) == (
        "schema_mismatch",
        ["/tool_call/args/amount_usd"],
    )


def test_an_edit_stays_within_what_the_agent_can_take(stage: Stage) -> None:
    args = canonical({"customer_id": "cus_2", "amount_usd": 70})
    error = refused(stage, args, editable=["/amount_usd"])
    assert (error.code, [fault.pointer for fault in error.faults]) == ("not_editable", ["/tool_call/args/customer_id"])
    view = stage.submit(editable=["/amount_usd"])
    assert edit(stage, "ada", view, amount_usd=70).revision == 2


def test_where_nothing_is_editable_it_can_only_be_rejected(stage: Stage) -> None:
    error = refused(stage, canonical({"customer_id": "cus_1", "amount_usd": 70}), editable=[])
    assert error.detail == "Nothing may be edited here. Reject it instead."


def test_an_edit_cannot_reach_what_the_policy_denies(stage: Stage) -> None:
    use_policy(stage, DENYING)
    error = refused(stage, canonical({"customer_id": "cus_1", "amount_usd": 6000}))
    assert error.code == "denied_by_policy"


def test_an_edit_cannot_reach_what_the_caller_itself_ruled_out(stage: Stage) -> None:
    args = canonical({"customer_id": "cus_1", "amount_usd": 90})
    assert refused(stage, args, constraints={"max_amount_usd": 85}).code == "denied_by_policy"


@pytest.mark.parametrize(
    ("args", "code"), [(b"[1]", "wrong_type"), (b'"' + b"x" * 70_000 + b'"', "arguments_too_large")]
)
def test_arguments_are_an_object_of_bounded_size(stage: Stage, args: bytes, code: str) -> None:
    assert refused(stage, args).code == code


def test_a_rejection_takes_no_arguments(stage: Stage) -> None:
    view = stage.submit()
    with pytest.raises(errors.BadRequest) as refusal:
        stage.review("ada", view, "reject", args=b'{"amount_usd":70,"customer_id":"cus_1"}')
    assert (refusal.value.code, find(stage, view)) == ("edit_without_approval", view)


def test_the_same_arguments_are_no_edit(stage: Stage) -> None:
    view = stage.submit()
    done = stage.review("ada", view, args=view.args)
    assert done.decision is not None
    assert (done.state, done.revision, done.decision.edited) == ("approved", 1, False)


def test_an_edit_has_a_digest_of_its_own_and_voids_the_votes_before_it(stage: Stage) -> None:
    use_policy(stage, POLICY.replace("    second_person_for_edits: true\n", ""))
    view = stage.submit(args=BIG)
    stage.review("ben", view)
    newer = edit(stage, "ada", view, amount_usd=750)
    assert newer.digest != view.digest
    assert (newer.state, newer.revision, [vote.name for vote in newer.votes]) == ("pending", 2, ["Ada"])
    assert newer == find(stage, view)
    done = stage.review("ben", newer)
    assert spend(stage, done).args == b'{"amount_usd":750,"customer_id":"cus_1"}'


def test_the_words_of_an_editor_are_kept_where_the_edit_does_not_decide(stage: Stage) -> None:
    use_policy(stage, POLICY.replace("    second_person_for_edits: true\n", ""))
    newer = edit(stage, "ada", stage.submit(args=BIG), amount_usd=750)
    vote = Review.everywhere.get(action_id=newer.id)
    assert (vote.reason_code, vote.comment) == ("amount_too_high", "Cap it.")
    told = queries.history(newer)[-1]
    assert (told.kind, told.data["reason_code"], told.secrets["comment"]) == (
        "action:revised",
        "amount_too_high",
        "Cap it.",
    )
    assert told.data["quorum"] == ["finance 1 of 2"]


def test_where_a_second_person_is_wanted_the_editor_never_approves_the_own_edit(stage: Stage) -> None:
    view = stage.submit(args=BIG)
    newer = edit(stage, "ben", view, amount_usd=700)
    assert (newer.state, newer.votes) == ("pending", ())
    with pytest.raises(errors.OwnAction):
        stage.review("ben", newer)
    stage.review("ada", newer)
    assert edit(stage, "ben", newer, amount_usd=650).revision == 3
    assert stage.review("ben", find(stage, view), "reject").state == "rejected"


def test_an_edit_can_only_raise_what_is_asked_for(stage: Stage) -> None:
    """80 USD wanted one reviewer; 800 want two of finance and a second person, and the way back keeps that."""
    view = stage.submit()
    newer = edit(stage, "ben", view, amount_usd=800)
    assert newer.needs == [
        {"group": "finance", "approvals": 0, "quorum": 2},
        {"group": "reviewers", "approvals": 0, "quorum": 1},
    ]
    assert (newer.state, newer.terms["second_person_for_edits"]) == ("pending", True)
    lower = edit(stage, "ada", newer, amount_usd=20)
    assert (lower.state, lower.revision, lower.terms) == ("pending", 3, newer.terms)
    assert lower.effect_sentence == "Refunds 20 USD to customer cus_1."


def test_an_edit_that_is_edited_back_is_the_proposal(stage: Stage) -> None:
    add_person(stage, "fay", "reviewer", ("finance",))
    view = stage.submit(args=BIG)
    same = edit(stage, "ada", edit(stage, "ben", view, amount_usd=700), amount_usd=800)
    assert (same.revision, same.args, same.digest != view.digest) == (3, view.args, True)
    stage.review("ben", same)
    done = stage.review("fay", same)
    assert done.decision is not None
    assert (done.state, done.decision.edited, done.decision.changes) == ("approved", False, [])
    assert queries.history(done)[-1].data["verdict"] == "approved"


def test_a_preview_says_all_that_the_edit_would_and_keeps_nothing(stage: Stage) -> None:
    view = stage.submit()
    ada = stage.member("ada")
    args = canonical({"customer_id": "cus_1", "amount_usd": 60})
    asked = {"at": stage.at, "member": ada, "action_id": view.id, "revision": 1, "digest": view.digest}
    preview = services.preview_edit(args=args, **asked)  # type: ignore[arg-type]
    assert preview.patch == [{"op": "replace", "path": "/amount_usd", "value": 60}]
    assert (find(stage, view), Revision.everywhere.filter(action_id=view.id).count()) == (view, 1)
    done = stage.review("ada", view, args=args, at=stage.at + timedelta(seconds=1))
    assert (done.digest, done.terms) == (preview.after.digest, preview.after.terms)
    with pytest.raises(errors.AlreadyDecided):
        services.preview_edit(args=args, **asked)  # type: ignore[arg-type]


def test_the_arguments_of_an_edit_are_about_whom_they_name(stage: Stage) -> None:
    view = edit(stage, "ada", stage.submit(), customer_id="cus_2")
    told = Disclosure.objects.filter(event_id__in=[e.id for e in queries.history(view) if e.kind == "action:revised"])
    about = dict(told.values_list("name", "subject"))
    assert (about["args"], about["patch"]) == (keys.reference("cus_2"), keys.reference("cus_2"))


def test_arguments_that_name_nobody_are_about_their_action(stage: Stage) -> None:
    view = edit(stage, "ada", stage.submit("crm.note", {"text": "a"}), text="b")
    told = Disclosure.objects.filter(event_id__in=[e.id for e in queries.history(view) if e.kind == "action:revised"])
    assert set(told.filter(name__in=["args", "patch"]).values_list("subject", flat=True)) == {view.id}
