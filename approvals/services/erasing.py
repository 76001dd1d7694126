"""Takes values out of actions that are over, and a person's name and words out of everything that bears them.

Nothing here decides whether that is allowed, and nothing leaves a fact: the verbs of erasure do both, in the same
transaction. What happened, when, and by which id stays; no state changes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Model, QuerySet, Value
from django.db.models.functions import Replace

from approvals.models import (
    Action,
    ActivePolicy,
    Alternative,
    Claim,
    Decision,
    Escalation,
    Execution,
    Grant,
    IdempotencyKey,
    Incident,
    IncidentEntry,
    LimitKey,
    LimitUse,
    Message,
    Notification,
    PolicyActivation,
    PolicyProposal,
    PolicyShadow,
    PolicySignature,
    PolicyVersion,
    Review,
    Revision,
    ShadowVerdict,
    Snapshot,
    StandingGrant,
    StopSwitch,
)
from approvals.states import Outcome, State
from audit.canonical import stamp

NOBODY = "Erased person"
_NO_ARGUMENTS = b"{}"
# What the policy answered stays; what it read and quoted goes.
_KEPT_OF_POLICY = ("version", "effect", "rule", "tier", "engine", "standing_grant")


def unfinished(workspace_id: str, action_ids: Sequence[str], at: datetime) -> set[str]:
    """Those that still wait, may still be executed, or run: their values are needed until that is over."""
    asked = list(action_ids)
    live = Grant.everywhere.filter(action_id__in=asked, spent_at=None, revoked_at=None, expires_at__gt=at)
    running = Execution.everywhere.filter(action_id__in=asked, status=Outcome.RUNNING)
    waiting = Action.everywhere.filter(id__in=asked, workspace_id=workspace_id, state=State.PENDING)
    return {
        *waiting.values_list("id", flat=True),
        *live.values_list("action_id", flat=True),
        *running.values_list("action_id", flat=True),
    }


def erase_action(*, at: datetime, workspace_id: str, action_id: str, because: str) -> bool:
    """Everything that the action was about, in every table of ours, inside the caller's transaction.

    `because` is the id of the erasure, which the action bears from now on. False where there is none to erase. The
    caller has made sure that it is over.
    """
    action = Action.objects.select_for_update(of=("self",)).filter(pk=action_id).first()
    if action is None:
        return False
    policy = {name: action.policy[name] for name in _KEPT_OF_POLICY if name in action.policy}
    values: dict[str, Any] = {
        "envelope": {},
        "effect_sentence": "",
        "amount": None,
        "currency": "",
        "counterpart": "",
        "group_key": "",
        "trace_id": "",
        "question": "",
        "policy": {**policy, "explanation": "", "reason": None, "notes": [], "flags": [], "trace": []},
        "terms": {**action.terms, "on_behalf_of": None, "erased": {"at": stamp(at), "by": because}},
        "version": F("version") + 1,
    }
    Action.objects.filter(pk=action_id).update(**values)
    own: dict[type[Model], dict[str, Any]] = {
        Revision: {"args": _NO_ARGUMENTS, "digest": b"", "changes": []},
        Review: {"comment": "", "digest": b""},
        Decision: {"comment": "", "changes": []},
        Snapshot: {"facts": {}, "facts_sha256": ""},
        Message: {"text": ""},
        Alternative: {"call": _NO_ARGUMENTS},
    }
    for model, blank in own.items():
        _of(model, workspace_id).filter(action_id=action_id).update(**blank, erased_at=at)
    Grant.objects.filter(action_id=action_id).update(args_sha256="")
    Execution.objects.filter(action_id=action_id).update(report={})
    Escalation.objects.filter(action_id=action_id).update(reason="")
    ShadowVerdict.objects.filter(action_id=action_id).update(explanation="")
    LimitUse.objects.filter(action_id=action_id).update(key="")
    return True


def erase_limit_key(workspace_id: str, key: str) -> None:
    """The row that was locked while a limit of this counterpart was summed."""
    LimitKey.everywhere.filter(workspace_id=workspace_id, key=key).delete()
    LimitUse.everywhere.filter(workspace_id=workspace_id, key=key).update(key="")


def forget_answers_about(action_ids: Sequence[str]) -> int:
    """Drops remembered answers that tell of these actions; they are at most a day old. Says how many."""
    wanted = [text.encode() for text in action_ids]
    rows = IdempotencyKey.objects.values_list("caller_id", "key", "answer")
    told = [(who, key) for who, key, answer in rows.iterator() if any(word in bytes(answer) for word in wanted)]
    for who, key in told:
        IdempotencyKey.objects.filter(caller_id=who, key=key).delete()
    return len(told)


def actions_of_person(workspace_id: str, user_id: str) -> list[str]:
    """Ids of the actions that bear this person's name, oldest first."""
    named = (
        Review.everywhere.filter(workspace_id=workspace_id, user_id=user_id),
        Revision.everywhere.filter(workspace_id=workspace_id, author_id=user_id),
        Message.everywhere.filter(workspace_id=workspace_id, author_id=user_id),
        Escalation.everywhere.filter(workspace_id=workspace_id, by_id=user_id),
        Notification.everywhere.filter(workspace_id=workspace_id, user_id=user_id),
    )
    return sorted({action_id for rows in named for action_id in rows.values_list("action_id", flat=True)})


def erase_person_on(*, at: datetime, workspace_id: str, action_id: str, user_id: str) -> None:
    """The person's name and words on one action, inside the caller's transaction."""
    of_action = {"workspace_id": workspace_id, "action_id": action_id}
    reviews = Review.everywhere.filter(**of_action, user_id=user_id)
    Revision.everywhere.filter(**of_action, author_id=user_id).update(author_name=NOBODY, erased_at=at)
    Message.everywhere.filter(**of_action, author_id=user_id).update(author_name=NOBODY, text="", erased_at=at)
    Escalation.everywhere.filter(**of_action, by_id=user_id).update(by_name=NOBODY, reason="")
    Notification.everywhere.filter(**of_action, user_id=user_id).update(user_name=NOBODY)
    Claim.everywhere.filter(**of_action, user_id=user_id).update(user_name=NOBODY)
    Action.everywhere.filter(pk=action_id, workspace_id=workspace_id).update(version=F("version") + 1)
    said = set(reviews.exclude(comment="").values_list("comment", flat=True))
    reviews.update(user_name=NOBODY, comment="", erased_at=at)
    for made in Decision.everywhere.filter(**of_action):
        people = [{**one, "name": NOBODY} if one["id"] == user_id else one for one in made.decided_by]
        comment = "" if made.comment in said else made.comment
        if (people, comment) != (made.decided_by, made.comment):
            kept = Decision.everywhere.filter(pk=made.pk)
            kept.update(decided_by=people, comment=comment, erased_at=at)


def erase_person(*, at: datetime, workspace_id: str, user_id: str, name: str) -> None:
    """The person's name beside actions: on policies, stop switches and incidents, inside the caller's transaction.

    Some of these keep no id but the name alone; whoever bears the same name loses it there too.
    """
    here = {"workspace_id": workspace_id}
    Notification.everywhere.filter(**here, user_name=name[:120]).update(user_name=NOBODY)
    for model, column in ((Notification, "via"), (Escalation, "because")):
        named = model.everywhere.filter(**here, **{f"{column}__contains": name})
        named.update(**{column: Replace(column, Value(name), Value(NOBODY))})
    PolicyVersion.everywhere.filter(**here, author_id=user_id).update(author_name=NOBODY, erased_at=at)
    PolicySignature.everywhere.filter(**here, user_id=user_id).update(user_name=NOBODY, erased_at=at)
    PolicyActivation.everywhere.filter(**here, by_name__contains=name).update(by_name=NOBODY, erased_at=at)
    PolicyProposal.everywhere.filter(**here, by_id=user_id).update(by_name=NOBODY)
    PolicyProposal.everywhere.filter(**here, closed_by=name).update(closed_by=NOBODY)
    ActivePolicy.everywhere.filter(**here, activated_by__contains=name).update(activated_by=NOBODY)
    PolicyShadow.everywhere.filter(**here, started_by=name).update(started_by=NOBODY)
    StandingGrant.everywhere.filter(**here, proposed_by=user_id).update(proposed_name=NOBODY)
    StandingGrant.everywhere.filter(**here, agreed_name=name).update(agreed_name=NOBODY)
    StandingGrant.everywhere.filter(**here, revoked_name=name).update(revoked_name=NOBODY)
    StopSwitch.everywhere.filter(**here, pulled_by_id=user_id).update(pulled_by=NOBODY)
    StopSwitch.everywhere.filter(**here, released_by_id=user_id).update(released_by=NOBODY)
    Incident.everywhere.filter(**here, owner_id=user_id).update(owner_name=NOBODY)
    for column in ("opened_by", "closed_by"):
        Incident.everywhere.filter(**here, **{column: name}).update(**{column: NOBODY})
    IncidentEntry.everywhere.filter(**here, by=name).update(by=NOBODY, erased_at=at)
    IncidentEntry.everywhere.filter(**here, text=name).update(text="", erased_at=at)


def _of(model: type[Model], workspace_id: str) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.everywhere.filter(workspace_id=workspace_id)  # type: ignore[attr-defined]
    return rows
