"""What the verbs of this floor share when they leave a fact."""

from accounts.models import Membership
from audit.canonical import canonical
from audit.record import Secret


def personal(name: str, value: str, subject: str) -> Secret:
    """A value about a person: kept beside the event, where it can be erased. `subject` is the person's id."""
    return Secret(name, canonical(value), subject)


def logs_of(user_id: str) -> list[str]:
    """The workspaces that should read what a person did with their account; [""] (the system's log) without any."""
    rows = Membership.everywhere.filter(user_id=user_id, ended_at=None).order_by("workspace_id")
    return list(rows.values_list("workspace_id", flat=True)) or [""]
