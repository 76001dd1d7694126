"""`manage.py audit witness`: runs a witness, best on a machine that nobody who runs the log can touch."""

from argparse import ArgumentParser
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from audit.anchors import witness_server
from audit.anchors.witnessing import Witness
from audit.note import ED25519, Key

FILE = "witness.sqlite3"


class BadLog(ValueError):
    """What was given is neither a verifier key of a log nor a file of such keys."""


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--dir", required=True, type=Path, help="where its key, its memory and its evidence are kept")
    parser.add_argument("--name", default="", help="the name that it signs under, such as witness.example.org/w1")
    parser.add_argument(
        "--log",
        action="append",
        default=[],
        metavar="VKEY",
        help="a log to watch: its verifier key, or a file of keys; again for more",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8100, help="port to listen on (8100)")
    parser.add_argument("--evidence", action="store_true", help="print what was refused although a log had signed it")


def serve(folder: Path, name: str, logs: list[str], host: str, port: int, say: Callable[[str], object]) -> None:
    """Answers until it is interrupted. Raises BadLog, BadNote, OSError."""
    signer = witness_server.signer(folder, name)
    with witness_server.Server((host, port), Witness(folder / FILE, signer, keys(logs)), signer) as server:
        say(f"Witness {server.vkey}")
        say(f"It listens on http://{host}:{server.server_address[1]}/")
        try:
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            say("Stopped.")


def keys(logs: list[str]) -> list[Key]:
    """Raises BadLog, BadNote."""
    texts = [Path(text).read_text("utf-8") if Path(text).is_file() else text for text in logs]
    found = [Key.parse(word) for text in texts for word in text.split()]
    if not found or any(key.type != ED25519 for key in found):
        raise BadLog("Give --log the verifier key of a log, or a file that holds one; /log/<workspace>/vkey shows it.")
    return found


def evidence(folder: Path) -> list[str]:
    """What stands against the logs, as text. Raises BadNote."""
    signer = witness_server.signer(folder, "evidence")
    lines = []
    for kept in Witness(folder / FILE, signer, []).evidence():
        at = datetime.fromtimestamp(kept.at, UTC)
        lines += [f"{at:%Y-%m-%d %H:%M:%S} {kept.origin}: {kept.why}", "held:", kept.held.decode(), "offered:"]
        lines += [kept.offered.decode(), ""]
    return lines
