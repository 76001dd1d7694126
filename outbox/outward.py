"""One request to a machine that somebody entered: to one address, without redirects and proxies, and over in seconds.

The name is looked up once and the connection goes to the address that was looked at, so a name that answers differently
the next moment (DNS rebinding) gains nothing. The certificate is still checked against the name.
"""

import ssl
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpcore
from django.conf import settings

from outbox import addresses
from outbox.addresses import Forbidden, Lookup, Target

# Seconds for all of it, and for connecting; less than half the lease of a message.
LONGEST, CONNECT = 10.0, 5.0
ANSWER_MAX = 64 * 1024
PIECE = 16 * 1024


class Unreachable(Exception):
    """Nobody answered, not in time, or not with HTTP that can be read. It may be otherwise later."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` have names in lower case; of `body` there are at most ANSWER_MAX bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Outward:
    """How this installation sends. `allowed` are the hosts that the operator vouches for, `ca_file` whom it trusts
    beside the machine's own authorities.
    """

    allowed: Collection[str] = ()
    ca_file: str = ""
    lookup: Lookup = addresses.look_up
    backend: httpcore.NetworkBackend = field(default_factory=httpcore.SyncBackend)
    longest: float = LONGEST

    @classmethod
    def configured(cls) -> "Outward":
        return cls(frozenset(settings.OUTWARD_HOSTS), settings.OUTWARD_CA_FILE)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Raises Forbidden and Unreachable."""
        target = addresses.parse(url, self.allowed)
        until = time.monotonic() + self.longest
        try:
            address = addresses.resolve(target, self.allowed, self.lookup)
            with self._pool(_Pinned(self.backend, address, until)) as pool:
                return _exchanged(pool, method, target, headers, body)
        except Forbidden:
            raise
        except (OSError, ValueError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise Unreachable(f"{target.host} cannot be reached: {type(error).__name__} {error}".strip()) from error

    def _pool(self, backend: httpcore.NetworkBackend) -> httpcore.ConnectionPool:
        trusted = ssl.create_default_context()
        if self.ca_file:
            trusted.load_verify_locations(self.ca_file)
        return httpcore.ConnectionPool(ssl_context=trusted, network_backend=backend, max_connections=1)


def _exchanged(
    pool: httpcore.ConnectionPool, method: str, target: Target, headers: Mapping[str, str], body: bytes
) -> Answer:
    url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
    told = {"Host": target.authority, "User-Agent": "Countersign", "Accept": "*/*", **headers}
    sent = [(name.encode(), value.encode()) for name, value in told.items()]
    timeout = dict.fromkeys(("read", "write"), LONGEST) | {"connect": CONNECT, "pool": CONNECT}
    with pool.stream(method, url, headers=sent, content=body, extensions={"timeout": timeout}) as answer:
        kept = bytearray()
        for piece in answer.iter_stream():
            kept += piece
            if len(kept) >= ANSWER_MAX:
                break
        named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
        return Answer(answer.status, named, bytes(kept[:ANSWER_MAX]))


class _Pinned(httpcore.NetworkBackend):
    """Connects to one address whatever the name, and lets nothing last beyond `until` (monotonic)."""

    def __init__(self, inner: httpcore.NetworkBackend, address: str, until: float) -> None:
        self._inner, self._address, self._until = inner, address, until

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(self._until, timeout, httpcore.ConnectTimeout)
        return _Brief(self._inner.connect_tcp(self._address, port, left, local_address, socket_options), self._until)


class _Brief(httpcore.NetworkStream):
    """A connection on which every wait ends with the whole: a byte now and then does not prolong it."""

    def __init__(self, inner: httpcore.NetworkStream, until: float) -> None:
        self._inner, self._until = inner, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._until, timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), PIECE):
            left = _left(self._until, timeout, httpcore.WriteTimeout)
            self._inner.write(buffer[start : start + PIECE], left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(self._until, timeout, httpcore.ConnectTimeout)
        return _Brief(self._inner.start_tls(ssl_context, server_hostname, left), self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(until: float, timeout: float | None, over: type[httpcore.TimeoutException]) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise over("it took too long")
    return left if timeout is None else min(left, timeout)
