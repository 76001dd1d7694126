"""The stop switch: it holds from the next evaluation on and on every unspent grant, at no further question."""

import io
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.core.management import CommandError, call_command

from approvals import errors, policies, queries, services
from approvals.answers import ActionView
from approvals.models import ActivePolicy, Grant, StopSwitch
from approvals.policies import Active
from approvals.policy.stops import Stop
from approvals.services import stops
from approvals.services.spend import _taken
from audit.actor import Door
from tests.accounts.records import facts, secrets_of
from tests.approvals.presses import edit, find, grant_of, report, spend
from tests.cast import POLICY, Stage, use_policy
from tests.flows.at_once import press
from tests.questions import questions

SMALL = {"customer_id": "cus_1", "amount_usd": 40}


def pull(stage: Stage, mode: str = "pause", who: str = "ben", **target: str) -> Stop:
    actor = stage.member(who).actor(Door.WEB, "password")
    return stops.pull(actor=actor, at=stage.at, workspace_id=stage.id, mode=mode, **target)


def release(stage: Stage, stop: Stop) -> Stop:
    actor = stage.member("ada").actor(Door.WEB, "password")
    at = stage.at + timedelta(seconds=1)
    return stops.release(actor=actor, at=at, workspace_id=stage.id, stop_id=stop.id, because="The bug is mended.")


def refused(stage: Stage, view: ActionView) -> str:
    """What the refused spend says; nothing may have begun."""
    with pytest.raises(errors.Stopped) as refusal:
        spend(stage, view)
    assert find(stage, view).execution is None
    return refusal.value.detail


@pytest.mark.parametrize(
    ("mode", "state", "source", "reason"),
    [
        ("pause", "pending", None, None),
        ("force_approvals", "pending", None, None),
        ("deny_writes", "rejected", "stop_switch", "stopped"),
    ],
)
def test_the_next_action_meets_it(stage: Stage, mode: str, state: str, source: str | None, reason: str | None) -> None:
    assert stage.submit(args=SMALL).state == "approved"
    pull(stage, mode)
    view = stage.submit(args=SMALL)
    made = view.decision
    assert (view.state, made and made.source, made and made.reason_code) == (state, source, reason)
    assert find(stage, view) == view


@pytest.mark.parametrize(
    ("target", "refund", "note"),
    [
        ({}, "pending", "pending"),
        ({"agent": "otto"}, "pending", "pending"),
        ({"tool": "billing.refund"}, "pending", "approved"),
        ({"tool": "billing.*"}, "pending", "approved"),
        ({"tool": "*.note"}, "approved", "pending"),
    ],
)
def test_it_holds_what_it_names(stage: Stage, target: dict[str, str], refund: str, note: str) -> None:
    use_policy(stage, POLICY + "  - {id: notes, tools: [crm.note], effect: allow}\n")
    pull(stage, "pause", **target)
    asked = [stage.submit(args=SMALL).state, stage.submit("crm.note", {"text": "x"}).state]
    assert asked == [refund, note]


def test_a_switch_of_another_workspace_holds_nothing_here(stage: Stage, other: Stage) -> None:
    actor = other.member("cleo").actor(Door.WEB, "password")
    stops.pull(actor=actor, at=other.at, workspace_id=other.id, mode="deny_writes")
    assert stage.submit(args=SMALL).state == "approved"


def test_a_process_that_has_not_heard_of_it_still_writes_nothing_on_what_was(stage: Stage) -> None:
    """Another process pulled it, so this one believes what was; the statement itself knows better."""
    before = policies.active(stage.id)
    pull(stage, "deny_writes")
    assert before is not None
    policies._pointers[stage.id] = (1e12, before.version_id, "")
    assert policies.active(stage.id) == Active(before.version_id, before.policy)
    assert stage.submit(args=SMALL).state == "rejected"


def test_submitting_asks_the_database_no_more_than_without_it(stage: Stage) -> None:
    def asked() -> int:
        with questions() as seen:
            stage.submit(args=SMALL)
        return len([text for text in seen if "savepoint" not in text.casefold()])

    asked()
    without = asked()
    stop = pull(stage, "pause", tool="crm.*")
    assert asked() == without + 2  # once after a change: which policy and switches are active, and what they say
    assert asked() == without
    release(stage, stop)
    asked()
    assert asked() == without


def test_paused_after_the_approval_the_grant_waits(stage: Stage) -> None:
    view = stage.review("ada", stage.submit())
    stop = pull(stage, "pause")
    told = refused(stage, view)
    assert told.startswith("The stop switch is on: everything in this workspace waits, and nothing of it runs.")
    assert "The grant stays" in told
    release(stage, stop)
    assert spend(stage, view).args == view.args


def test_denied_after_the_approval_the_grant_is_lost_for_good(stage: Stage) -> None:
    view = stage.review("ada", stage.submit())
    token = grant_of(stage, view)
    stop = pull(stage, "deny_writes", agent="otto")
    assert refused(stage, view) == (
        "The stop switch is on: writes of agent otto are denied. The grant is revoked; do not run."
    )
    release(stage, stop)
    with pytest.raises(errors.GrantRefused) as refusal:
        spend(stage, view, token)
    assert refusal.value.code == "grant_revoked"
    assert queries.history(view)[-1].data["because"] == "stopped"


def test_where_people_are_forced_what_they_approved_may_run_and_what_policy_let_through_may_not(stage: Stage) -> None:
    let_through, approved = stage.submit(args=SMALL), stage.review("ada", stage.submit())
    pull(stage, "force_approvals")
    refused(stage, let_through)
    assert spend(stage, approved).args == approved.args


def test_another_tool_runs_on(stage: Stage) -> None:
    view = stage.review("ada", stage.submit())
    pull(stage, "deny_writes", tool="crm.*")
    assert spend(stage, view).args == view.args


def test_a_spend_that_asked_before_the_pull_takes_nothing_after_it(stage: Stage) -> None:
    view = find(stage, stage.review("ada", stage.submit()))
    asked_under = policies.active(stage.id, fresh=True)
    pull(stage, "pause")
    assert (asked_under is not None, view.grant is not None) == (True, True)
    taken = _taken(view, view.grant, asked_under, actor=stage.otto.actor, at=stage.at)  # type: ignore[arg-type]
    assert (taken, Grant.everywhere.get(action_id=view.id).spent_at) == (None, None)


def test_what_has_run_stays_reported(stage: Stage) -> None:
    view = stage.submit(args=SMALL)
    spend(stage, view)
    pull(stage, "deny_writes")
    assert report(stage, view).execution.status == "succeeded"  # type: ignore[union-attr]


@pytest.mark.parametrize("mode", ["pause", "deny_writes"])
def test_meanwhile_nobody_approves_and_anybody_may_reject(stage: Stage, mode: str) -> None:
    view, another = stage.submit(), stage.submit()
    stop = pull(stage, mode)
    for vote in (partial(stage.review, "ada", view), partial(edit, stage, "ada", view, amount_usd=60)):
        with pytest.raises(errors.Stopped) as refusal:
            vote()
        assert refusal.value.detail.endswith("once the switch is released. Nothing was changed.")
    assert (find(stage, view), stage.review("ada", another, "reject").state) == (view, "rejected")
    release(stage, stop)
    assert stage.review("ada", view).state == "approved"


def test_people_go_on_approving_where_they_are_forced(stage: Stage) -> None:
    pull(stage, "force_approvals")
    view = stage.submit(args=SMALL)
    assert (view.state, stage.review("ada", view).state) == ("pending", "approved")


def test_it_ends_an_undo_window_without_a_decision(stage: Stage) -> None:
    use_policy(stage, POLICY.replace("undo: {medium: 0s", "undo: {medium: 5s"))
    before = stage.at - timedelta(seconds=10)
    voted = stage.review("ada", stage.submit(at=before), at=before)
    assert voted.closing_at == before + timedelta(seconds=5)
    pull(stage, "pause")
    assert services.fire_due(at=stage.at) == 1
    now = find(stage, voted)
    assert (now.state, now.votes, now.closing_at) == ("pending", (), None)
    assert queries.history(now)[-1].data["because"] == "stopped"


def test_a_pull_leaves_a_fact_and_so_does_the_release(stage: Stage) -> None:
    stop = pull(stage, "deny_writes", agent="otto", reason="It refunds twice")
    release(stage, stop)
    data = {"mode": "deny_writes", "reach": "agent", "target": "otto", "incident": None}
    assert facts("stop:pulled", stage.id) == [
        {"subject": {"type": "stop", "id": stop.id}, "actor": stage.people["ben"], "data": data}
    ]
    assert facts("stop:released", stage.id) == [
        {"subject": {"type": "stop", "id": stop.id}, "actor": stage.people["ada"], "data": data}
    ]
    assert secrets_of("stop:pulled", stage.id) == [{"reason": "It refunds twice"}]
    assert secrets_of("stop:released", stage.id) == [{"reason": "The bug is mended."}]


def test_pulled_twice_it_is_one_switch_and_released_twice_the_second_is_told(stage: Stage) -> None:
    stop = pull(stage, "pause", tool="crm.*")
    assert pull(stage, "pause", who="ada", tool="crm.*") == stop
    assert [one.id for one in queries.stops_on(stage.id)] == [stop.id]
    off = release(stage, stop)
    assert (off.released_by, off.released_because) == ("Ada", "The bug is mended.")
    with pytest.raises(errors.AlreadyReleased):
        release(stage, stop)
    assert pull(stage, "pause", tool="crm.*").id != stop.id


@pytest.mark.parametrize(
    ("asked", "pointer", "code"),
    [
        ({"mode": "halt"}, "/mode", "unknown_word"),
        ({"mode": "block"}, "/mode", "unknown_word"),
        ({"agent": "nobody"}, "/agent", "not_found"),
        ({"tool": "a tool"}, "/tool", "bad_format"),
        ({"agent": "otto", "tool": "crm.*"}, "/tool", "two_targets"),
        ({"reason": "x" * 501}, "/reason", "bad_length"),
    ],
)
def test_what_cannot_be_pulled_says_why(stage: Stage, asked: dict[str, str], pointer: str, code: str) -> None:
    with pytest.raises(errors.BadRequest) as refusal:
        pull(stage, **{"mode": "pause", **asked})
    assert [(fault.pointer, fault.code) for fault in refusal.value.faults] == [(pointer, code)]
    assert StopSwitch.everywhere.count() == 0


def test_a_switch_of_another_workspace_cannot_be_released(stage: Stage, other: Stage) -> None:
    stop = pull(stage)
    actor = other.member("cleo").actor(Door.WEB, "password")
    with pytest.raises(errors.NotFound):
        stops.release(actor=actor, at=other.at, workspace_id=other.id, stop_id=stop.id, because="Mine")


def test_what_it_holds_is_counted(stage: Stage) -> None:
    stage.submit(), stage.submit("crm.note", {"text": "x"})
    stage.review("ada", stage.submit())
    spend(stage, stage.submit(args=SMALL))
    held = queries.held_by(stage.id, stops.planned(stage.id, at=stage.at, mode="pause", tool="billing.*"), stage.at)
    assert held == queries.Held(waiting=1, unspent=1)


@pytest.mark.race
def test_pulled_among_many_spends_it_stops_every_later_one(open_stage: Stage) -> None:
    views = [open_stage.submit(args=SMALL) for _ in range(12)]
    told = press([partial(pull, open_stage, "pause"), *(partial(spend, open_stage, view) for view in views)])
    ran = [one for one in told[1:] if not isinstance(one, Exception)]
    assert {type(one) for one in told[1:] if isinstance(one, Exception)} <= {errors.Stopped}
    spent = Grant.everywhere.exclude(spent_at=None).count()
    assert len(ran) == spent
    for view in views:
        if find(open_stage, view).execution is None:
            refused(open_stage, view)
    assert Grant.everywhere.exclude(spent_at=None).count() == spent


@pytest.mark.race
def test_two_who_pull_at_once_pull_one_switch(open_stage: Stage) -> None:
    told = press([partial(pull, open_stage, "pause", who, tool="crm.*") for who in ("ada", "ben", "eve")])
    assert {type(one) for one in told} == {Stop}
    assert len({one.id for one in told}) == StopSwitch.everywhere.count() == 1
    assert ActivePolicy.everywhere.get(pk=open_stage.id).stops_id != ""


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("stop", *arguments, "--workspace", "demo", stdout=out, no_color=True)
    return out.getvalue()


def test_the_operator_pulls_lists_and_releases(stage: Stage, at: datetime) -> None:
    assert run("on", "--mode", "deny_writes", "--agent", "otto", "--reason", "night").startswith("on  stp_")
    stop = queries.stops_on(stage.id)[0]
    moment = f"{stop.pulled_at:%Y-%m-%d %H:%M:%S}"
    assert run("list") == f"{stop.id}  {moment}  writes of agent otto are denied  (the operator)\n"
    assert stage.submit(args=SMALL).state == "rejected"
    run("off", stop.id, "--reason", "morning")
    assert (run("list"), stage.submit(args=SMALL).state) == ("", "approved")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("off", "stp_x", "--reason", "x"), "There is no stop switch stp_x here. Check the id."),
        (("on", "--agent", "nobody"), "There is no agent of this name here."),
    ],
)
def test_the_operator_is_told_what_is_wrong(stage: Stage, arguments: tuple[str, ...], told: str) -> None:
    with pytest.raises(CommandError) as refusal:
        run(*arguments)
    assert str(refusal.value) == told
