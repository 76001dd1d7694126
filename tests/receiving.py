"""A receiver of messages for tests: HTTPS on this machine, under an authority of its own, with faults to order."""

import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "siem.example"


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Receiver:
    """What came, and how it is answered: `status` with `told` and `headers`, or by `act` where one is given."""

    port: int = 0
    ca_file: str = ""
    got: list[Request] = field(default_factory=list)
    status: int = 200
    told: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    act: Any = None

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}/in"


@contextmanager
def receiver(folder: Path) -> Iterator[Receiver]:
    """Speaks TLS as `siem.example` and 127.0.0.1."""
    found = Receiver(ca_file=str(_certified(folder)))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "receiver.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(found: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told = {name.lower(): value for name, value in self.headers.items()}
            found.got.append(Request(self.command, self.path, told, body))
            if found.act is not None:
                found.act(self)
                return
            self.send_response(found.status)
            for name, value in {**found.headers, "Content-Length": str(len(found.told))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(found.told)

        def do_PUT(self) -> None:
            self.do_POST()

        def do_HEAD(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def _certified(folder: Path) -> Path:
    """Writes key and certificate of the receiver, which is its own authority; returns the authority's file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    places = [x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(places), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "receiver.pem").write_bytes(secret + public)
    (folder / "authority.pem").write_bytes(public)
    return folder / "authority.pem"
