"""A webhook on its way to one endpoint: signed, tried for a day, and never more often than the receiver bears.

One that does not answer is left alone for a while, whatever else is due for it: an outage must not keep every worker
waiting for it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import SystemRandom

from outbox import endpoints, webhooks
from outbox.delivering import LONGEST_PAUSE, Now, pause
from outbox.models import Endpoint
from outbox.outward import Outward
from outbox.types import Delivery, PermanentFailure, TransientFailure
from outbox.webhooks import Webhook
from tenancy import sealing
from tenancy.sealing import Unreadable

MEDIA = "application/json"
_random = SystemRandom()

Body = Callable[[], bytes]


def send_webhook(message: Delivery, body: Body, *, now: Now) -> None:
    """Sends `body()` to the endpoint that the message names; nothing where that was removed meanwhile.

    Raises TransientFailure where the receiver did not take it, whatever it answered: somebody may mend it within the
    day. What is given up on then can be sent once more by hand.
    """
    endpoint = endpoints.live().filter(pk=message.payload["endpoint"], workspace_id=message.workspace_id).first()
    if endpoint is None:
        return
    at = now()
    if endpoint.rests_until is not None and at < endpoint.rests_until <= at + LONGEST_PAUSE:
        raise TransientFailure(f"Waits for the receiver. {endpoint.last_error}", after=endpoint.rests_until - at)
    webhook = Webhook(endpoint.url, message.payload["ref"], body(), MEDIA)
    try:
        webhooks.send(webhook, _keys(endpoint, at), Outward.configured(), at=at)
    except (PermanentFailure, TransientFailure) as failure:
        raise _noted(endpoint, failure, now()) from failure
    endpoints.arrived(endpoint, now())


def _keys(endpoint: Endpoint, at: datetime) -> list[str]:
    try:
        keys = [sealing.unseal(endpoint.secret, endpoint.pk)]
        if endpoint.before_until is not None and at < endpoint.before_until:
            keys.append(sealing.unseal(endpoint.secret_before, endpoint.pk))
    except Unreadable as error:
        raise PermanentFailure(str(error)) from error
    return keys


def _noted(endpoint: Endpoint, failure: Exception, at: datetime) -> TransientFailure:
    asked = failure.after if isinstance(failure, TransientFailure) else None
    rest = pause(endpoint.failures + 1, _random.random()) if asked is None else min(asked, LONGEST_PAUSE)
    endpoints.failed(endpoint, str(failure), at + rest, at)
    return TransientFailure(str(failure), after=max(rest, timedelta(seconds=1)))
