"""How a payload reaches the app: a signed POST, or an envelope over Socket Mode."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import urlencode

import httpx

from tests.slack_server.links import Links
from tests.slack_server.world import Json

Kind = Literal["interactive", "slash_commands", "events_api"]
ACK_SECONDS = 3.0
AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"


@dataclass(frozen=True, slots=True)
class Ack:
    """What the app answered. Status 0 stands for no answer in time, or none at all."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    failure: str = ""
    limit: float = ACK_SECONDS

    @property
    def in_time(self) -> bool:
        return 200 <= self.status < 300 and self.seconds <= self.limit

    @property
    def tree(self) -> Json:
        """The answer as a JSON object, {} where it is none."""
        try:
            found = json.loads(self.body or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Parcel:
    """A request as Slack would send it: where it is altered, that is an attack."""

    body: bytes
    headers: Mapping[str, str]

    @property
    def content_type(self) -> str:
        return self.headers["Content-Type"]


class Carrier(Protocol):
    def __call__(self, kind: Kind, payload: Json, extra: Mapping[str, str]) -> Ack: ...


Post = Callable[[Parcel], Ack]


@dataclass(slots=True)
class SignedPosts:
    """Signs with the app's secret and posts. `now` is the clock of the signature's timestamp."""

    post: Post
    secret: str
    now: Callable[[], float] = time.time

    def __call__(self, kind: Kind, payload: Json, extra: Mapping[str, str]) -> Ack:
        return self.post(parcel(kind, payload, self.secret, self.now(), extra))


@dataclass(slots=True)
class Envelopes:
    """`limit` is how many seconds an acknowledgement may take: Slack's three, but a busy machine may be given more."""

    links: Links
    limit: float = ACK_SECONDS

    def __call__(self, kind: Kind, payload: Json, extra: Mapping[str, str]) -> Ack:
        began = time.perf_counter()
        answer = self.links.send(kind, payload, extra, self.limit)
        seconds = time.perf_counter() - began
        if answer is None:
            return Ack(0, seconds=seconds, failure="http_timeout")
        return Ack(200, json.dumps(answer), seconds=seconds, limit=self.limit)


def parcel(kind: Kind, payload: Json, secret: str, now: float, extra: Mapping[str, str] | None = None) -> Parcel:
    """Body and headers, signed with v0 over the body's own bytes."""
    if kind == "events_api":
        body, content_type = json.dumps(payload).encode(), "application/json"
    else:
        form = {"payload": json.dumps(payload)} if kind == "interactive" else payload
        body, content_type = urlencode(form).encode(), "application/x-www-form-urlencoded"
    stamp = str(int(now))
    headers = {
        "Content-Type": content_type,
        "User-Agent": AGENT,
        "Accept": "*/*",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature(secret, stamp, body),
        **(extra or {}),
    }
    return Parcel(body, headers)


def signature(secret: str, stamp: str, body: bytes) -> str:
    signed = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
    return f"v0={signed.hexdigest()}"


def over_http(url: str) -> Post:
    """Posts to a real address and gives up after three seconds, as Slack does."""

    def post(sent: Parcel) -> Ack:
        began = time.perf_counter()
        try:
            answer = httpx.post(url, content=sent.body, headers=dict(sent.headers), timeout=ACK_SECONDS)
        except httpx.TimeoutException:
            return Ack(0, seconds=time.perf_counter() - began, failure="http_timeout")
        except httpx.HTTPError:
            return Ack(0, seconds=time.perf_counter() - began, failure="connection_failed")
        seconds = time.perf_counter() - began
        failure = "" if answer.status_code < 300 else "http_error"
        return Ack(answer.status_code, answer.text, dict(answer.headers), seconds, failure)

    return post
