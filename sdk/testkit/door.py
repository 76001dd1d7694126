"""HTTP/1.1 over a real socket: reads a request, fails where a test wants it to, else answers."""

import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from testkit.record import Json


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens once, to the first request whose `METHOD path` matches `where`, instead of the answer.

    `after`: the verb has happened by then. `drop`: the connection is closed without an answer.
    `raw`: the body as it is. `delay`: seconds before anything of this.
    """

    where: str
    status: int = 503
    code: str = "unavailable"
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    drop: bool = False
    after: bool = False
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Request:
    """`connection` is the client's port: two requests with the same one shared a connection."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    connection: int


class Api(Protocol):
    def fault(self, request: Request) -> Fault | None: ...

    def answer(self, request: Request) -> tuple[int, Json, dict[str, str]]: ...


class Door(BaseHTTPRequestHandler):
    api: Api
    protocol_version = "HTTP/1.1"
    # Small answers in two writes would wait for the client's delayed acknowledgement.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        request = self._request()
        fault = self.api.fault(request)
        if fault is None:
            status, body, headers = self.api.answer(request)
            return self._send(status, b"" if status == 304 else json.dumps(body).encode(), headers)
        time.sleep(fault.delay)
        if fault.after:
            self.api.answer(request)
        if fault.drop:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return None
        problem = {"status": fault.status, "code": fault.code, "detail": "Not now."}
        raw = json.dumps(problem).encode() if fault.raw is None else fault.raw
        return self._send(fault.status, raw, fault.headers)

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = parts.path.removeprefix("/api/v1")
        return Request(self.command, path, query, headers, json.loads(raw) if raw else None, self.client_address[1])

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The tests print nothing."""
