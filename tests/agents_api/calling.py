"""Requests to the agents' API in one line each, over Django's test client."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
import orjson
from django.test import Client

from agents_api.documents import ActionOut, ProblemOut
from tests.cast import Stage

REFUND = {"tool_call": {"name": "billing.refund", "args": {"customer_id": "cus_1", "amount_usd": 80}}}
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `json` is checked against nothing, `action` and `problem` against the documented shape."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def action(self) -> ActionOut:
        return msgspec.json.decode(self.body, type=ActionOut)

    @property
    def problem(self) -> ProblemOut:
        assert self.headers["Content-Type"] == "application/problem+json"
        return msgspec.json.decode(self.body, type=ProblemOut)

    @property
    def faults(self) -> list[tuple[str, str]]:
        return [(fault.pointer, fault.code) for fault in self.problem.errors]

    @property
    def replayed(self) -> bool:
        return self.headers.get("Idempotent-Replayed") == "true"


@dataclass(slots=True)
class Api:
    """The API as somebody with a token sees it; an empty token sends none."""

    token: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=True))

    def get(self, path: str, **headers: str) -> Reply:
        return _reply(self.client.get(f"/api/v1{path}", headers=self._headers(headers)))

    def post(self, path: str, body: Any, key: str = "", content_type: str = JSON) -> Reply:
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        headers = self._headers({"Content-Type": content_type} | ({"Idempotency-Key": key} if key else {}))
        return _reply(self.client.post(f"/api/v1{path}", raw, content_type=content_type, headers=headers))

    def submit(self, body: Any = None, key: str = "") -> Reply:
        return self.post("/actions", REFUND if body is None else body, key)

    def review(self, action: ActionOut, verdict: str = "approve", key: str = "", **more: Any) -> Reply:
        """A vote on exactly what `action` shows."""
        body = {"verdict": verdict, "revision": action.revision, "digest": action.digest, **more}
        return self.post(f"/actions/{action.id}/reviews", body, key)

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return ({"Authorization": f"Bearer {self.token}"} if self.token else {}) | more


def otto(stage: Stage) -> Api:
    return Api(stage.keys["otto"])


def person(stage: Stage, name: str) -> Api:
    return Api(stage.tokens[name])


def approved(stage: Stage) -> tuple[Api, ActionOut, str]:
    """An action of otto that Ada has approved, and its grant."""
    agent = otto(stage)
    action = agent.submit().action
    assert person(stage, "ada").review(action).status == 200
    seen = agent.get(f"/actions/{action.id}").action
    assert seen.decision is not None
    assert seen.decision.grant is not None
    return agent, seen, seen.decision.grant


def _reply(response: Any) -> Reply:
    return Reply(response.status_code, dict(response.headers), bytes(response.content))
