"""Whom or what an erasure or a hold is about: read from what people send, and looked up where it has to exist."""

from dataclasses import dataclass

from accounts import queries as people
from approvals import queries
from approvals.errors import BadRequest, Fault, NotFound
from approvals.services import erasing as approvals
from audit import erasing
from compliance.words import Subject
from feedback import services as feedback
from tenancy import ids

LONGEST = 80


@dataclass(frozen=True, slots=True)
class Target:
    """`value` is an id (`act_…`, `usr_…`) or, of a counterpart, the text that the policy takes from the arguments."""

    kind: str
    value: str


def target(workspace_id: str, kind: str, value: str) -> Target:
    """What was asked for, if there is such a thing here. Raises BadRequest."""
    if kind not in Subject.values:
        raise fault("/kind", "unknown_word", f"Take one of: {', '.join(Subject.values)}.")
    asked = value.strip()
    if not asked or len(asked) > LONGEST or "\0" in asked:
        raise fault("/subject", "bad_length", f"Name whom or what it is about, in 1 to {LONGEST} characters.")
    if kind == Subject.ACTION:
        _find(workspace_id, asked)
    elif kind == Subject.PERSON and not _was_here(workspace_id, asked):
        raise fault("/subject", "not_found", "Nobody with this id was ever a member here. Ids begin with usr_.")
    elif kind == Subject.COUNTERPART and not erasing.actions_about(workspace_id, asked):
        raise fault(
            "/subject", "not_found", "No action has this counterpart. Write it exactly as it stands in the action."
        )
    return Target(kind, asked)


def actions_of(workspace_id: str, of: Target) -> list[str]:
    """Ids of the actions that a target covers, oldest first; of a person none: those are their colleagues' too."""
    if of.kind == Subject.ACTION:
        return [of.value]
    return erasing.actions_about(workspace_id, of.value) if of.kind == Subject.COUNTERPART else []


def actions_of_person(workspace_id: str, user_id: str) -> list[str]:
    """Ids of the actions that bear this person's name or words, oldest first."""
    decided = approvals.actions_of_person(workspace_id, user_id)
    return sorted({*decided, *feedback.actions_of_person(workspace_id, user_id)})


def fault(pointer: str, code: str, detail: str) -> BadRequest:
    return BadRequest(detail, code=code, faults=[Fault(pointer, code, detail)])


def _find(workspace_id: str, action_id: str) -> None:
    try:
        queries.find(workspace_id, action_id)
    except NotFound as error:
        raise fault("/subject", "not_found", error.detail) from error


def _was_here(workspace_id: str, user_id: str) -> bool:
    return ids.is_id(user_id, "usr") and people.person(workspace_id, user_id) is not None
