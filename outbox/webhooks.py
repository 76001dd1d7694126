"""Signed messages over HTTPS, as Standard Webhooks 1.0 has them, and what the receiver's answer means for the outbox.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: the signature is HMAC-SHA256
over `id.timestamp.body`, in base64 after `v1,`; while a secret changes there is one signature for each, by spaces.
"""

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256

from outbox.addresses import Forbidden
from outbox.outward import Answer, Outward, Unreachable
from outbox.types import PermanentFailure, TransientFailure

PREFIX = "whsec_"
SECRET_BYTES = 32
# Answers that another try may change: late, too early, too often, and whatever is wrong on the other side.
PASSING = frozenset({408, 425, 429})
TOLD_MAX = 200


@dataclass(frozen=True, slots=True)
class Webhook:
    """One message. `id` stays the same when it is sent again, so that the receiver takes it once; `headers` are further
    ones.
    """

    url: str
    id: str
    body: bytes
    media: str
    headers: Mapping[str, str] = field(default_factory=dict)


def new_secret() -> str:
    return PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`timestamp` in seconds since 1970."""
    key = b64decode(secret.removeprefix(PREFIX))
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return f"v1,{b64encode(hmac.new(key, signed, sha256).digest()).decode()}"


def send(webhook: Webhook, keys: Sequence[str], outward: Outward, *, at: datetime) -> None:
    """Signs with each of the secrets. Returns once the receiver took it.

    Raises PermanentFailure where another try cannot help, TransientFailure where it may.
    """
    timestamp = int(at.timestamp())
    headers = {
        **webhook.headers,
        "Content-Type": webhook.media,
        "webhook-id": webhook.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(key, webhook.id, timestamp, webhook.body) for key in keys),
    }
    try:
        answer = outward.send("POST", webhook.url, headers, webhook.body)
    except Forbidden as error:
        raise PermanentFailure(str(error)) from error
    except Unreachable as error:
        raise TransientFailure(str(error)) from error
    _judge(answer, at)


def _judge(answer: Answer, at: datetime) -> None:
    if answer.is_success:
        return
    told = answer.body[:TOLD_MAX].decode(errors="replace").replace("\0", "").strip()
    said = f"The receiver answered {answer.status}{': ' if told else '.'}{told}"
    if answer.status >= 500 or answer.status in PASSING:
        raise TransientFailure(said, after=_after(answer.headers.get("retry-after", ""), at))
    if 300 <= answer.status < 400:
        said = f"The receiver answered {answer.status}; redirects are not followed. Enter the final address."
    raise PermanentFailure(said)


def _after(told: str, at: datetime) -> timedelta | None:
    """How long Retry-After asks to wait (RFC 9110, section 10.2.3): seconds, or a date."""
    if told.isascii() and told.isdigit() and len(told) < 10:
        return timedelta(seconds=int(told))
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(moment - at, timedelta())
