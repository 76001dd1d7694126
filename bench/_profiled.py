"""The part of `_profile` that runs inside the product's process."""

import io
import itertools
import json
import os
from typing import Any

from django.core.handlers.wsgi import WSGIRequest

from bench._client import SUBMIT_BODY, review_body
from bench._profile import N, record
from config.lane import MachineHandler

handler = MachineHandler()


def post(path: str, body: bytes, token: str, key: str = "") -> bytes:
    """One request through Django's middleware and views, without signals of a server."""
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
    }
    response: Any = handler.get_response(WSGIRequest(environ | ({"HTTP_IDEMPOTENCY_KEY": key} if key else {})))
    if response.status_code >= 300:
        raise SystemExit(response.content)
    return bytes(response.content)


def main() -> None:
    otto, ada = os.environ["BENCH_OTTO"], os.environ["BENCH_ADA"]
    numbers = itertools.count()

    def submit() -> None:
        post("/api/v1/actions", SUBMIT_BODY, otto, f"key-{next(numbers)}")

    record("submit", submit)
    pending = iter([json.loads(post("/api/v1/actions", SUBMIT_BODY, otto)) for _ in range(2 * N + 200)])

    def decide() -> None:
        action = next(pending)
        post(f"/api/v1/actions/{action['id']}/reviews", review_body(action), ada)

    record("decide", decide)
