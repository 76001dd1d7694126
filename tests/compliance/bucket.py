"""A bucket with Object Lock for tests: it checks every signature, refuses to overwrite, and keeps what is locked."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from compliance.object_lock import signed

ACCESS, SECRET, REGION = "AKIAEXAMPLE", "a secret key", "eu-central-1"


@dataclass(slots=True)
class Stored:
    body: bytes
    headers: dict[str, str]


@dataclass(slots=True)
class Store:
    """`objects` by their keys; `page` names at most are listed at once; `status` answers instead where it is set."""

    url: str = ""
    page: int = 1000
    status: int = 0
    objects: dict[str, Stored] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


@contextmanager
def bucket() -> Iterator[Store]:
    store = Store()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(store))
    store.url = f"http://127.0.0.1:{server.server_address[1]}/anchors"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(store: Store) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(*self._served(b""))

        def do_PUT(self) -> None:
            self._answer(*self._served(self.rfile.read(int(self.headers["Content-Length"]))))

        def _served(self, body: bytes) -> tuple[int, bytes]:
            parts = urlsplit(self.path)
            told = {name.lower(): value for name, value in self.headers.items()}
            if store.status:
                return store.status, b"<Error/>"
            if not _is_signed(self.command, parts.path, parts.query, told, body):
                store.refused.append(self.path)
                return 403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>"
            key = parts.path.removeprefix("/anchors/")
            if self.command == "PUT":
                return _put(store, key, told, body)
            if not key:
                return 200, _listed(store, parse_qs(parts.query))
            found = store.objects.get(key)
            return (404, b"<Error/>") if found is None else (200, found.body)

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def _is_signed(method: str, path: str, query: str, told: dict[str, str], body: bytes) -> bool:
    """`signed` itself is held against the examples of its specification."""
    names = re.search(r"SignedHeaders=([^,]+)", told.get("authorization", ""))
    if names is None or told.get("x-amz-content-sha256") != sha256(body).hexdigest():
        return False
    at = datetime.strptime(told["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    covered = {name: told[name] for name in names[1].split(";") if name in told}
    made = {name: value for name, value in covered.items() if name not in {"x-amz-content-sha256", "x-amz-date"}}
    expected = signed(method, path, query, made, body, REGION, (ACCESS, SECRET), at=at)
    locks = {name for name in told if name.startswith("x-amz-")}
    return expected["authorization"] == told["authorization"] and locks <= covered.keys()


def _put(store: Store, key: str, told: dict[str, str], body: bytes) -> tuple[int, bytes]:
    if "content-md5" not in told or told.get("x-amz-object-lock-mode") != "COMPLIANCE":
        return 400, b"<Error><Code>InvalidRequest</Code></Error>"
    if key in store.objects and told.get("if-none-match") == "*":
        return 412, b"<Error><Code>PreconditionFailed</Code></Error>"
    store.objects[key] = Stored(body, told)
    return 200, b""


def _listed(store: Store, query: dict[str, list[str]]) -> bytes:
    prefix, after = query["prefix"][0], query["start-after"][0]
    keys = sorted(key for key in store.objects if key.startswith(prefix) and key > after)[: store.page]
    rows = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in keys)
    return f"<ListBucketResult>{rows}</ListBucketResult>".encode()
