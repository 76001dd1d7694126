"""What must hold of an action at any moment, whoever pressed what before."""

from hashlib import sha256
from typing import Any

import orjson

from approvals import queries
from approvals.answers import ActionView
from approvals.models import Decision, Execution, Grant, Review, Revision, Snapshot, Timer
from approvals.services.counting import counted
from audit.canonical import canonical, disclose
from audit.models import Disclosure, Event, Leaf, PendingEvent

ENDS = {
    "allowed_by_policy": "approved",
    "denied_by_policy": "rejected",
    "approved": "approved",
    "approved_with_changes": "approved",
    "rejected": "rejected",
    "expired": "expired",
    "withdrawn": "withdrawn",
}


def hold(workspace_id: str, action_id: str, unspeakable: tuple[str, ...]) -> ActionView:
    """Checks one action; `unspeakable` are words that no event may carry in the open."""
    view = queries.find(workspace_id, action_id, envelope=True)
    story = list(Event.objects.filter(action_id=action_id).order_by("id"))
    _one_end(view, story)
    _votes_count_once(view)
    _a_grant_only_where_approved(view)
    _timers_end_with_the_action(view)
    revisions = list(Revision.everywhere.filter(action_id=action_id))
    hashes = [bytes(r.digest).hex() for r in revisions] + [sha256(bytes(r.args)).hexdigest() for r in revisions]
    for event in story:
        _opens(event)
        _says_nothing_personal(event, (*unspeakable, *hashes))
    return view


def _one_end(view: ActionView, story: list[Event]) -> None:
    kinds = [event.kind for event in story]
    ended = [_data(event) for event in story if event.kind == "action:decided"]
    assert kinds.count("action:submitted") == 1
    assert kinds.count("action:revised") == view.revision - 1
    assert [ENDS[data["verdict"]] for data in ended] == ([] if view.is_open else [view.state])
    decisions = list(Decision.everywhere.filter(action_id=view.id))
    assert [made.outcome for made in decisions] == ([] if view.is_open else [view.state])
    frozen = list(Snapshot.everywhere.filter(action_id=view.id))
    assert [snapshot.decision_id for snapshot in frozen] == [made.id for made in decisions]
    for made, snapshot in zip(decisions, frozen, strict=True):
        assert snapshot.facts["args"] == orjson.loads(view.args)
        assert snapshot.facts_sha256 == sha256(canonical(snapshot.facts)).hexdigest()
        assert made.edited == bool(made.changes) or made.outcome != "approved"


def _votes_count_once(view: ActionView) -> None:
    cast = Review.everywhere.filter(action_id=view.id)
    votes = list(cast.filter(retraction=None).values_list("revision", "user_id"))
    assert len(votes) == len(set(votes))
    taken = cast.exclude(retraction=None).filter(revision=view.revision).values_list("user_id", flat=True)
    assert sorted(view.undone) == sorted(taken)
    people = [vote.user_id for vote in view.votes]
    assert sorted(people) == sorted(user for revision, user in votes if revision == view.revision)
    if view.decision and view.decision.source == "people" and view.state == "approved":
        assert all(need["approvals"] >= need["quorum"] for need in counted(view).needs)


def _a_grant_only_where_approved(view: ActionView) -> None:
    grants = list(Grant.everywhere.filter(action_id=view.id))
    assert len(grants) == (view.state == "approved" and not view.terms["no_grant"])
    assert [grant.args_sha256 for grant in grants] == [sha256(view.args).hexdigest() for _ in grants]
    spent = [grant.spent_at for grant in grants if grant.spent_at and not grant.revoked_at]
    assert list(Execution.everywhere.filter(action_id=view.id).values_list("spent_at", flat=True)) == spent


def _timers_end_with_the_action(view: ActionView) -> None:
    waiting = Timer.everywhere.filter(action_id=view.id, kind="expire", fired_at=None, cancelled_at=None)
    assert list(waiting.values_list("due_at", flat=True)) == ([view.expires_at] if view.is_open else [])
    closing = Timer.everywhere.filter(action_id=view.id, kind="close", fired_at=None, cancelled_at=None)
    assert list(closing.values_list("due_at", flat=True)) == ([view.closing_at] if view.closing_at else [])
    assert view.is_open or view.closing_at is None


def _opens(event: Event) -> None:
    """The body derives again from its values, and salt and value open each digest (RFC 9901)."""
    body = orjson.loads(bytes(event.body))
    assert canonical(body) == bytes(event.body)
    assert (body["id"], body["kind"], body["action"]) == (event.id, event.kind, event.action_id)
    waits = PendingEvent.objects.filter(event_id=event.id).count()
    assert waits + Leaf.objects.filter(event_id=event.id).count() == 1
    sides = list(Disclosure.objects.filter(event_id=event.id).order_by("n"))
    opened = [disclose(bytes(side.salt), side.name, orjson.loads(bytes(side.value))) for side in sides]
    assert opened == body["disclosures"]
    assert body["digest"] in (None, *opened)


def _says_nothing_personal(event: Event, unspeakable: tuple[str, ...]) -> None:
    # Digests are random letters, which spell a short name now and then; that they are digests was checked above.
    body = {**orjson.loads(bytes(event.body)), "digest": None, "disclosures": []}
    text = orjson.dumps(body).decode()
    assert [word for word in unspeakable if word in text] == []


def _data(event: Event) -> dict[str, Any]:
    tree: dict[str, Any] = orjson.loads(bytes(event.body))["data"]
    return tree
