"""A witness over HTTP: POST /add-checkpoint, GET /vkey, GET /<SHA-256 of the origin>/checkpoint."""

import logging
import os
import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.anchors.wire import BODY_MAX
from audit.anchors.witnessing import Reply, Witness
from audit.note import COSIGNATURE, Signer

PATIENCE = 10.0
_HELD = re.compile(r"/([0-9a-f]{64})/checkpoint")

log = logging.getLogger(__name__)


def signer(folder: Path, name: str) -> Signer:
    """The witness's own key, made on its first day; only its owner can read it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "witness.key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(Ed25519PrivateKey.generate().private_bytes_raw())
    return Signer(name, Ed25519PrivateKey.from_private_bytes(path.read_bytes()))


class Server(ThreadingHTTPServer):
    """Answers for one witness until `shutdown`."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], witness: Witness, signer: Signer) -> None:
        self.witness, self.vkey = witness, signer.key(COSIGNATURE).vkey
        super().__init__(address, Handler)


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE

    def do_GET(self) -> None:
        held = _HELD.fullmatch(self.path)
        note = self.server.witness.held(held[1]) if held else None
        if self.path == "/vkey":
            self._answer(Reply(200, f"{self.server.vkey}\n".encode()))
        elif note is not None:
            self._answer(Reply(200, note))
        else:
            self._answer(Reply(404, b"Nothing is here.\n"))

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != "/add-checkpoint":
            self._answer(Reply(404, b"Nothing is here.\n"), close=True)
        elif not length.isdigit() or int(length) > BODY_MAX:
            self._answer(Reply(400, f"Say the length of the body, {BODY_MAX} bytes at most.\n".encode()), close=True)
        else:
            reply = self.server.witness.add_checkpoint(self.rfile.read(int(length)), at=int(time.time()))
            if reply.status == 422:
                log.error("A log signed what did not grow from the checkpoint held here; both were kept.")
            self._answer(reply)

    def _answer(self, reply: Reply, *, close: bool = False) -> None:
        # What was not read would be taken for the next request.
        self.close_connection = self.close_connection or close
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.media)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        log.info(format, *args)
