"""Whether a webhook is Countersign's, and still fresh (Standard Webhooks 1.0, symmetric signatures).

    told = webhooks.verified(request.headers, request.body, "whsec_…")
    if told["type"] == "action.decided": …

Give the body as the bytes that came: JSON that was parsed and written anew has another signature. The same message may
come twice; `webhook-id` tells.
"""

import hmac
import json
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from countersign.errors import BadSignature

PREFIX = "whsec_"
# Seconds by which the clocks may differ; an older message may be one that somebody sends again.
TOLERANCE = 300


def verified(headers: Mapping[str, str], body: bytes, secret: str, *, now: float | None = None) -> dict[str, Any]:
    """The message. `now` in seconds since 1970, by default this machine's clock. Raises BadSignature."""
    told = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, stamp, signatures = (told[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
        moment = int(stamp)
    except (KeyError, ValueError) as error:
        raise BadSignature("These are not the headers of a webhook.") from error
    if abs((time.time() if now is None else now) - moment) > TOLERANCE:
        raise BadSignature(f"It was sent at another time: {moment}.")
    expected = _signature(secret, message_id, moment, body)
    given = [value for version, _, value in (each.partition(",") for each in signatures.split()) if version == "v1"]
    if not any(hmac.compare_digest(expected.encode(), value.encode()) for value in given):
        raise BadSignature("It is not signed with this secret.")
    message: dict[str, Any] = json.loads(body)
    return message


def _signature(secret: str, message_id: str, moment: int, body: bytes) -> str:
    key = b64decode(secret.removeprefix(PREFIX))
    signed = b".".join((message_id.encode(), str(moment).encode(), body))
    return b64encode(hmac.new(key, signed, sha256).digest()).decode()
