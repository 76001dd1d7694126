"""Incidents: what opens one, what is gathered in it, and what people do about it."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from accounts import services as accounts
from approvals import errors, queries, services
from approvals.answers import ActionView
from approvals.models import Incident, IncidentEntry
from approvals.queries import IncidentView
from approvals.services import evidence, incidents, playbook, suspicions
from audit.actor import OPERATOR, Actor, Door
from outbox.models import Message
from outbox.types import Delivery, PermanentFailure
from tests.accounts.records import facts
from tests.approvals.presses import find, grant_of, report, spend
from tests.cast import POLICY, Stage, use_policy
from tests.flows.at_once import press

SMALL = {"customer_id": "cus_1", "amount_usd": 40}


def person(stage: Stage, name: str) -> Actor:
    return stage.member(name).actor(Door.WEB, "password")


def told(stage: Stage) -> int:
    """Hands every promise of an incident over, as the relay does; how many there were."""
    owed = list(Message.objects.filter(sink="incidents", workspace_id=stage.id).order_by("id"))
    for message in owed:
        suspicions.capture(
            Delivery(message.pk, stage.id, message.kind, message.subject, message.payload, 0, message.created_at)
        )
    return len(owed)


def only(stage: Stage) -> IncidentView:
    found = queries.incidents(stage.id)
    assert len(found) == 1
    return found[0]


def gathered(stage: Stage) -> tuple[str, str, str, set[str]]:
    found = only(stage)
    return found.kind, found.title, found.severity, {view.id for view in queries.actions_of(stage.id, found.id)}


def letters() -> list[tuple[str, str]]:
    return sorted(Message.objects.filter(sink="mail").values_list("kind", "payload__user"))


def opened(stage: Stage, *views: ActionView, **more: Any) -> IncidentView:
    said = {"title": "Two refunds for one charge", "severity": "high", **more}
    ids = [view.id for view in views]
    return incidents.open_incident(
        actor=person(stage, "ben"), at=stage.at, workspace_id=stage.id, action_ids=ids, **said
    )


def take(stage: Stage, found: IncidentView, step: str) -> IncidentView:
    at = stage.at + timedelta(seconds=1)
    return playbook.take(actor=person(stage, "ben"), at=at, workspace_id=stage.id, incident_id=found.id, step=step)


def story(stage: Stage, found: IncidentView) -> list[tuple[str, str, str]]:
    return [(entry.kind, entry.by, entry.text) for entry in queries.entries(stage.id, found.id)]


def test_a_rejection_because_it_looks_manipulated_goes_to_security(stage: Stage) -> None:
    view = stage.review("ada", stage.submit(), "reject", reason_code="looks_manipulated")
    assert told(stage) == 1
    assert gathered(stage) == ("manipulated", "otto looks manipulated", "high", {view.id})
    assert letters() == [("incident.opened", stage.people["eve"])]


def test_with_a_group_named_security_its_members_are_told(stage: Stage) -> None:
    given: dict[str, Any] = {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id, "handle": "security"}
    accounts.create_group(name="Security", **given)
    accounts.add_to_group(user_id=stage.people["ben"], **given)
    stage.review("ada", stage.submit(), "reject", reason_code="looks_manipulated")
    told(stage)
    assert letters() == [("incident.opened", stage.people["ben"])]


def test_another_reason_opens_nothing(stage: Stage) -> None:
    stage.review("ada", stage.submit(), "reject", reason_code="amount_too_high")
    stage.review("ada", stage.submit())
    assert (told(stage), Incident.everywhere.count()) == (0, 0)


def test_what_a_rule_refuses_is_counted_as_a_violation_in_one_incident(stage: Stage) -> None:
    asked = {stage.submit("crm.delete", {"id": str(n)}).id for n in range(3)}
    assert told(stage) == 3
    assert gathered(stage) == ("violation", "otto was refused crm.delete", "critical", asked)
    assert letters() == [("incident.opened", stage.people["eve"])]


def test_the_same_promise_twice_changes_nothing(stage: Stage) -> None:
    stage.submit("crm.delete", {"id": "1"})
    told(stage)
    incidents.close(
        actor=person(stage, "ada"), at=stage.at, workspace_id=stage.id, incident_id=only(stage).id, text="A mistake"
    )
    told(stage)
    assert (only(stage).is_open, IncidentEntry.everywhere.count()) == (False, 3)


def test_after_the_close_the_next_violation_opens_another(stage: Stage) -> None:
    stage.submit("crm.delete", {"id": "1"})
    told(stage)
    incidents.close(
        actor=person(stage, "ada"), at=stage.at, workspace_id=stage.id, incident_id=only(stage).id, text="A mistake"
    )
    stage.submit("crm.delete", {"id": "2"})
    told(stage)
    assert [found.is_open for found in queries.incidents(stage.id)].count(True) == 1


def test_a_full_limit_is_no_violation(stage: Stage) -> None:
    cap = "limits: [{id: cap, sum: args.amount_usd, per: agent, window: 1h, max: 10, over: deny}]\n"
    use_policy(stage, POLICY + cap)
    assert (stage.submit(args=SMALL).state, told(stage)) == ("rejected", 0)


def test_other_arguments_than_approved_are_critical(stage: Stage) -> None:
    view = stage.submit(args=SMALL)
    spend(stage, view)
    report(stage, view, args={**SMALL, "amount_usd": 4000})
    assert told(stage) == 1
    assert gathered(stage) == ("drift", "otto ran other arguments than approved: billing.refund", "critical", {view.id})


@pytest.mark.parametrize("reversible", [True, False])
def test_a_spent_grant_without_a_result_is_unknown_and_an_alert_and_an_incident_where_nothing_undoes_it(
    stage: Stage, reversible: bool
) -> None:
    text = POLICY.replace(
        "    counterpart: args.customer_id\n", "    counterpart: args.customer_id\n    reversible: %s\n"
    )
    use_policy(stage, text % str(reversible).lower())
    view = stage.submit(args=SMALL)
    spend(stage, view)
    services.fire_due(at=stage.at + timedelta(minutes=61))
    assert find(stage, view).execution.status == "unknown"  # type: ignore[union-attr]
    assert letters() == [("execution.unreported", stage.people["eve"])]
    assert told(stage) == 1
    kinds = [found.kind for found in queries.incidents(stage.id)]
    assert kinds == ([] if reversible else ["missing_result"])


def test_a_promise_about_no_action_is_a_dead_letter(stage: Stage) -> None:
    with pytest.raises(PermanentFailure):
        suspicions.capture(Delivery(1, stage.id, "action.decided", "act_x", {}, 0, stage.at))


def test_the_button_on_an_action_reports_it_whatever_becomes_of_it(stage: Stage) -> None:
    view = stage.submit()
    given: dict[str, Any] = {"workspace_id": stage.id, "action_id": view.id, "at": stage.at}
    first = suspicions.suspect(actor=person(stage, "ben"), text="The o is another letter.", **given)
    again = suspicions.suspect(actor=person(stage, "ada"), **given)
    assert (first.id, first.kind) == (again.id, "manipulated")
    assert ("noted", "Ben", "The o is another letter.") in story(stage, first)
    assert (gathered(stage)[3], find(stage, view), letters()) == (
        {view.id},
        view,
        [("incident.opened", stage.people["eve"])],
    )


def test_by_hand_whoever_opens_it_owns_it(stage: Stage) -> None:
    view = stage.submit()
    found = opened(stage, view, text="Both at 10:31")
    assert (found.kind, found.owner_name, found.agent_name) == ("hand", "Ben", "otto")
    assert sorted(story(stage, found)) == [("joined", "Ben", ""), ("opened", "Ben", "Both at 10:31")]
    assert [one.id for one in queries.incidents_of(view)] == [found.id]
    assert facts("incident:opened", stage.id) == [
        {
            "subject": {"type": "incident", "id": found.id},
            "actor": stage.people["ben"],
            "data": {"about": "hand", "severity": "high"},
        }
    ]


def test_deny_writes_is_one_step_that_names_its_incident(stage: Stage) -> None:
    found = opened(stage, stage.submit())
    take(stage, found, "deny_writes")
    stop = queries.stops_on(stage.id)[0]
    assert (stop.incident_id, stop.target, stage.submit(args=SMALL).state) == (found.id, "otto", "rejected")
    assert ("stepped", "Ben", "Writes of agent otto are denied.") in story(stage, found)


def test_force_approvals_is_another(stage: Stage) -> None:
    take(stage, opened(stage, stage.submit()), "force_approvals")
    assert stage.submit(args=SMALL).state == "pending"


def test_revoking_takes_back_every_unspent_grant_of_the_agent_and_no_spent_one(stage: Stage) -> None:
    spent, unspent = stage.submit(args=SMALL), [stage.submit(args=SMALL) for _ in range(2)]
    spend(stage, spent)
    tokens = [grant_of(stage, view) for view in unspent]
    found = opened(stage, spent)
    take(stage, found, "revoke_grants")
    assert ("stepped", "Ben", "Revoked 2 unspent grants of otto.") in story(stage, found)
    for view, token in zip(unspent, tokens, strict=True):
        with pytest.raises(errors.GrantRefused) as refusal:
            spend(stage, view, token)
        assert refusal.value.code == "grant_revoked"
    assert find(stage, spent).grant.revoked_at is None  # type: ignore[union-attr]


def test_blocking_the_version_needs_one(stage: Stage) -> None:
    with pytest.raises(errors.BadRequest) as refusal:
        take(stage, opened(stage, stage.submit()), "block_version")
    assert refusal.value.code == "no_version"
    view = stage.submit(agent_version={"model": "m-2"})
    found = opened(stage, view)
    take(stage, found, "block_version")
    assert stage.submit(args=SMALL, agent_version={"model": "m-2"}).state == "rejected"


def test_a_step_that_fails_leaves_nothing(stage: Stage) -> None:
    found = opened(stage)
    with pytest.raises(errors.BadRequest) as refusal:
        take(stage, found, "deny_writes")
    assert (refusal.value.code, queries.stops_on(stage.id)) == ("no_agent", ())
    assert [line[0] for line in story(stage, found)] == ["opened"]


def test_owner_severity_and_notes_stand_in_the_story(stage: Stage) -> None:
    found = opened(stage)
    given: dict[str, Any] = {"actor": person(stage, "ben"), "workspace_id": stage.id, "incident_id": found.id}
    incidents.assign(user_id=stage.people["ada"], at=stage.at + timedelta(seconds=1), **given)
    incidents.rate(severity="critical", at=stage.at + timedelta(seconds=2), **given)
    incidents.note(text="The gateway retried.", at=stage.at + timedelta(seconds=3), **given)
    now = queries.find_incident(stage.id, found.id)
    assert (now.owner_name, now.severity) == ("Ada", "critical")
    assert story(stage, found)[1:] == [
        ("assigned", "Ben", "Ada"),
        ("rated", "Ben", "From high to critical"),
        ("noted", "Ben", "The gateway retried."),
    ]


def test_only_somebody_who_may_work_it_can_own_it(stage: Stage) -> None:
    found = opened(stage)
    for name in ("vera", "dana"):
        with pytest.raises(errors.BadRequest):
            incidents.assign(
                actor=person(stage, "ben"),
                at=stage.at,
                workspace_id=stage.id,
                incident_id=found.id,
                user_id=stage.people[name],
            )


def test_closed_it_takes_nothing_more_and_what_it_stopped_stays_stopped(stage: Stage) -> None:
    found = opened(stage, stage.submit())
    take(stage, found, "deny_writes")
    given: dict[str, Any] = {"actor": person(stage, "ada"), "at": stage.at, "workspace_id": stage.id}
    closed = incidents.close(incident_id=found.id, text="A retry without a key.", **given)
    assert (closed.is_open, closed.closed_by) == (False, "Ada")
    with pytest.raises(errors.IncidentClosed):
        incidents.note(incident_id=found.id, text="more", **given)
    with pytest.raises(errors.IncidentClosed):
        take(stage, found, "revoke_grants")
    assert len(queries.stops_on(stage.id)) == 1


def test_one_of_another_workspace_is_not_there(stage: Stage, other: Stage) -> None:
    found = opened(stage)
    actor = other.member("cleo").actor(Door.WEB, "password")
    with pytest.raises(errors.NotFound):
        incidents.note(actor=actor, at=other.at, workspace_id=other.id, incident_id=found.id, text="x")
    with pytest.raises(errors.NotFound):
        queries.find_incident(other.id, found.id)


def test_an_export_holds_all_of_it_and_is_itself_a_fact(stage: Stage) -> None:
    undo = {"name": "billing.charge", "args": {"customer_id": "cus_1"}}
    view = stage.submit(args=SMALL, impact={"undo": undo})
    found = opened(stage, view)
    take(stage, found, "deny_writes")
    tree = evidence.export_incident(
        actor=person(stage, "dana"), at=stage.at, workspace_id=stage.id, incident_id=found.id
    )
    assert [tree["incident"]["id"], [line["kind"] for line in tree["story"]][-1]] == [found.id, "stepped"]
    assert [(one["id"], one["undo"]) for one in tree["actions"]] == [(view.id, undo)]
    assert [stop["told"] for stop in tree["stops"]] == ["writes of agent otto are denied"]
    assert facts("export:made", stage.id) == [
        {
            "subject": {"type": "incident", "id": found.id},
            "actor": stage.people["dana"],
            "data": {"format": "countersign-incident/1"},
        }
    ]


@pytest.mark.race
def test_many_violations_delivered_at_once_make_one_incident(open_stage: Stage) -> None:
    asked = {open_stage.submit("crm.delete", {"id": str(n)}).id for n in range(6)}
    owed = list(Message.objects.filter(sink="incidents", workspace_id=open_stage.id))
    made = [Delivery(m.pk, open_stage.id, m.kind, m.subject, m.payload, 0, m.created_at) for m in owed]
    assert press([partial(suspicions.capture, one) for one in made]) == [None] * 6
    assert gathered(open_stage) == ("violation", "otto was refused crm.delete", "critical", asked)
    assert letters() == [("incident.opened", open_stage.people["eve"])]
