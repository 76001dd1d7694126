"""Takes back a grant that is not spent, and what it reserved."""

from datetime import datetime

from approvals import queries
from approvals.answers import ActionView, GrantView
from approvals.models import Grant
from approvals.services.limits import give_back
from approvals.services.telling import tell
from approvals.stops import UNSPENT
from approvals.strict_json import canonical
from audit.actor import Actor
from audit.kinds import EventKind
from audit.record import Secret
from tenancy import scope, sql

BATCH = 500


def revoke(view: ActionView, held: GrantView, because: tuple[str, str], *, actor: Actor, at: datetime) -> None:
    """Leaves a spent or revoked grant as it is. `because` is a word for the log and a sentence for people."""
    word, text = because
    # The sentence may quote arguments, so it can be erased.
    secrets = [Secret("because", canonical(text), view.id)]
    with scope.acting(view.workspace_id):
        unspent = Grant.objects.filter(pk=held.id, spent_at=None, revoked_at=None)
        if unspent.update(revoked_at=at, revoked_because=text[:200]):
            give_back(view.id, at)
            tell(
                EventKind.GRANT_REVOKED,
                workspace_id=view.workspace_id,
                action_id=view.id,
                actor=actor,
                at=at,
                data={"grant": held.id, "because": word},
                secrets=secrets,
            )


def revoke_unspent(
    *, actor: Actor, at: datetime, workspace_id: str, because: tuple[str, str], agent_id: str = "", version_id: str = ""
) -> int:
    """Takes back every grant of an agent, or of one version, that is not spent; says how many."""
    column, value = ("a.agent_version_id", version_id) if version_id else ("a.agent_id", agent_id)
    statement = f"select t.action_id {UNSPENT} and {column} = %s limit {BATCH}"
    revoked = 0
    while found := [row["action_id"] for row in sql.many(statement, [workspace_id, at, value])]:
        for action_id in found:
            view = queries.find(workspace_id, action_id)
            if view.grant:
                revoke(view, view.grant, because, actor=actor, at=at)
        revoked += len(found)
    return revoked
