"""Which votes count now? The rights of those who voted are read again, both to count and to show."""

from collections.abc import Sequence

from msgspec.structs import replace

from accounts import queries as accounts_queries
from approvals.answers import ActionView, Vote
from approvals.states import Source


def counted(view: ActionView) -> ActionView:
    """The action with each vote's groups cut to those in which it counts; a vote without groups counts nowhere."""
    return counted_each([view])[0]


def counted_each(views: Sequence[ActionView]) -> list[ActionView]:
    """The same of many actions of one workspace, with one read for all votes on what is pending."""
    voters = {vote.user_id for view in views if view.is_open for vote in view.votes}
    now = accounts_queries.groups_of_voters(sorted(voters), views[0].workspace_id) if voters else {}
    return [_counted(view, now) for view in views]


def _counted(view: ActionView, now: dict[str, set[str]]) -> ActionView:
    if not view.votes:
        return view
    if not view.is_open:
        return _counted_then(view)
    return replace(view, votes=tuple(_cut(vote, view, now.get(vote.user_id, set())) for vote in view.votes))


def _cut(vote: Vote, view: ActionView, now: set[str]) -> Vote:
    stays = now if vote.user_id != view.agent_owner_id else set()
    return replace(vote, groups=tuple(group for group in vote.groups if group in stays))


def _counted_then(view: ActionView) -> ActionView:
    """Of a decided action the decision tells whose votes carried it."""
    made = view.decision
    if made is None or made.source != Source.PEOPLE:
        return view
    carried = {person["id"] for person in made.decided_by}
    wanted = "approve" if made.outcome == "approved" else "reject"
    votes = (
        vote if vote.verdict != wanted or vote.user_id in carried else replace(vote, groups=()) for vote in view.votes
    )
    return replace(view, votes=tuple(votes))
