"""What people set for themselves in the console."""

from accounts import queries
from console.models import KeyMap, SavedView


def forget_person(user_id: str) -> None:
    """Saved views and keys of somebody who belongs nowhere any more; what others have is left alone."""
    if not queries.workspaces_of(user_id):
        SavedView.everywhere.filter(user_id=user_id).delete()
        KeyMap.objects.filter(user_id=user_id).delete()
