"""The part of `_profile` that runs inside the product's process."""

import io
import itertools
import json
import os

from bench._client import SUBMIT_BODY, review_body
from bench._profile import N, record
from config.lane import MachineHandler

handler = MachineHandler()


def ask(method: str, path: str, token: str, *, query: str = "", body: bytes = b"", key: str = "") -> bytes:
    """One request through the handler that a server calls."""
    environ = {
        "REQUEST_METHOD": method,
        "QUERY_STRING": query,
        "PATH_INFO": path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
    }
    told: list[str] = []
    parts = handler(environ | ({"HTTP_IDEMPOTENCY_KEY": key} if key else {}), lambda status, _: told.append(status))
    answer = b"".join(parts)
    if not told[0].startswith("2"):
        raise SystemExit(answer)
    return answer


def main() -> None:
    otto, ada = os.environ["BENCH_OTTO"], os.environ["BENCH_ADA"]
    numbers = itertools.count()

    def submit() -> None:
        ask("POST", "/api/v1/actions", otto, body=SUBMIT_BODY, key=f"key-{next(numbers)}")

    record("submit", submit)

    def fifty() -> None:
        ask("GET", "/api/v1/actions", otto, query="state=pending&limit=50")

    record("list", fifty)
    pending = iter([json.loads(ask("POST", "/api/v1/actions", otto, body=SUBMIT_BODY)) for _ in range(2 * N + 200)])

    def decide() -> None:
        action = next(pending)
        ask("POST", f"/api/v1/actions/{action['id']}/reviews", ada, body=review_body(action))

    record("decide", decide)
