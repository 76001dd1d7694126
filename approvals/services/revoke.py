"""Takes back a grant that is not spent, and what it reserved."""

from datetime import datetime

from approvals.answers import ActionView, GrantView
from approvals.models import Grant
from approvals.services.limits import give_back
from approvals.services.telling import tell
from approvals.strict_json import canonical
from audit.actor import Actor
from audit.kinds import EventKind
from audit.record import Secret
from tenancy import scope


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
