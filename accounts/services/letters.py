"""Which letters about actions a person wants."""

from datetime import datetime

from accounts import errors, rows
from accounts.models import Letters
from audit.actor import Actor
from audit.kinds import EventKind
from audit.record import record
from tenancy import scope


def choose_letters(*, actor: Actor, at: datetime, workspace_id: str, user_id: str, letters: str) -> None:
    """Counts for what is asked from now on. Raises NotFound and Invalid."""
    with scope.acting(workspace_id):
        member = rows.membership(user_id)
        if letters not in Letters.values:
            raise errors.Invalid(f"Choose one of {', '.join(Letters.values)}.", field="letters")
        member.letters = Letters(letters).value
        member.save(update_fields=["letters"])
        record(
            kind=EventKind.LETTERS_CHOSEN,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=("person", user_id),
            data={"letters": member.letters},
        )
