"""May this person decide this action now? The one answer, for the verb that enforces it and the button that explains
it.
"""

from typing import Protocol

from accounts.roles import Verb
from approvals.answers import ActionView
from approvals.errors import (
    AlreadyDecided,
    AlreadyReviewed,
    ApprovalError,
    Closing,
    NotAReviewer,
    OwnAction,
)

_DOORS = {"api": "the API", "web": "the console", "slack": "Slack", "cli": "the command line", "system": "the system"}


class Reviewer(Protocol):
    """A person with the rights of this moment."""

    @property
    def user_id(self) -> str: ...

    @property
    def email(self) -> str: ...

    @property
    def groups(self) -> tuple[str, ...]: ...

    def may(self, verb: Verb) -> bool: ...


def groups_counted(view: ActionView, member: Reviewer) -> tuple[str, ...]:
    """In which of the groups that the action names this person's vote counts."""
    return tuple(need["group"] for need in view.terms["needs"] if need["group"] in member.groups)


def refusal(view: ActionView, member: Reviewer, verdict: str) -> ApprovalError | None:
    """Why this person may not approve, reject, edit or ask (`verdict`) now; None when they may."""
    if not view.is_open:
        return AlreadyDecided(how_it_ended(view))
    barred = _standing(view, member)
    if barred or verdict == "ask":
        return barred
    if any(vote.user_id == member.user_id for vote in view.votes):
        return AlreadyReviewed("Your vote on this revision is counted; another person has to add theirs.")
    if verdict == "reject":
        return None
    if verdict == "approve" and view.closing_at:
        return Closing(f"Nothing is missing: it is approved at {view.closing_at:%H:%M:%S} UTC unless somebody objects.")
    if verdict == "approve" and view.terms["second_person_for_edits"] and view.author_id == member.user_id:
        return OwnAction("You made this edit, and the policy wants a second person for edits: let another approve.")
    return None


def _standing(view: ActionView, member: Reviewer) -> ApprovalError | None:
    if not member.may(Verb.REVIEW):
        return NotAReviewer("Your role may look but not decide. An admin can change it.")
    if view.agent_owner_id == member.user_id:
        return OwnAction(f"You own {view.agent_name}, so somebody else has to decide what it asks for.")
    asked_by = (view.terms["on_behalf_of"] or "").casefold()
    if asked_by in (member.user_id.casefold(), member.email.casefold()):
        return OwnAction("This was asked for on your behalf, so somebody else has to decide it.")
    if not groups_counted(view, member):
        wanted = " or ".join(need["group"] for need in view.terms["needs"])
        return NotAReviewer(f"This needs somebody of {wanted}. An admin can add you to a group.")
    return None


def how_it_ended(view: ActionView) -> str:
    """One sentence on who was first, when and where; ends with "Nothing was changed." for whoever comes second."""
    made = view.decision
    if made is None:
        return f"This action is {view.state}. Nothing was changed."
    when = made.decided_at.strftime("%H:%M UTC on %d %b %Y")
    who = " and ".join(person["name"] for person in made.decided_by)
    where = _DOORS[made.door]
    ended = {
        "people": f"{who} {made.outcome} this at {when} over {where}",
        "policy": f"The policy {made.outcome} this at {when}",
        "timeout": f"Nobody decided in time: this expired at {when}",
        "agent": f"The agent withdrew this at {when}",
        "stop_switch": f"The stop switch {made.outcome} this at {when}",
    }[made.source]
    return f"{ended}. Nothing was changed."
