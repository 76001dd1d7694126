"""The outbox sink `live`: tells the open pages of a workspace that an action changed, and nothing of what is in it.

It is also where letters and Slack cards begin: whoever is to get one is found here, off the path of whoever submits.
"""

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.utils import timezone

from approvals import queries, services
from approvals.answers import ActionView
from approvals.errors import NotFound
from approvals.services import notifications
from console.live.consumers import group_of
from console.services import slack
from console.services.personal import forget_person
from outbox.types import Delivery

# 0 for an action that is gone: pages then look in any case.
NOWHERE = 0


def send(message: Delivery) -> None:
    """A page that misses this looks by itself within seconds; what makes notices makes none twice."""
    if message.kind == "person.erased":
        forget_person(message.subject)
    view = _view(message)
    told = {
        "type": "news",
        "kind": message.kind,
        "id": message.subject,
        "version": view.version if view else NOWHERE,
    }
    layer = get_channel_layer()
    if layer is not None:
        async_to_sync(layer.group_send)(group_of(message.workspace_id), told)
    if view is not None:
        services.owe_letters(at=timezone.now(), kind=message.kind, view=view)
        slack.owe(at=timezone.now(), kind=message.kind, view=view)
    if message.kind == notifications.ESCALATED:
        notifications.settle_console(
            at=timezone.now(),
            workspace_id=message.workspace_id,
            action_id=message.subject,
            escalation_id=message.payload["escalation"],
        )


def _view(message: Delivery) -> ActionView | None:
    try:
        return queries.find(message.workspace_id, message.subject)
    except NotFound:
        return None
