"""A small server that speaks the agents' API over real sockets, and fails on demand."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import ThreadingHTTPServer
from typing import Any

from countersign import Retry
from testkit.door import Door, Fault, Request
from testkit.record import Json, Stored, problem, stamp

# Tries again soon and gives up soon.
QUICK = Retry(patience=1.0, wait_patience=1.0, first=0.01, cap=0.05)
# What policy says to a tool; every other tool is asked of people.
POLICY = {
    "crm.note": ("approved", "policy", None),
    "billing.wipe": ("rejected", "policy", "denied"),
    "mail.draft": ("approved", "people", "draft"),
}


class FakeApi:
    """Its state is open to the tests: `actions` by id, `requests` in order, `faults` still to come.

    `on_submit` happens right after an action was stored, as a quick reviewer would. An approval needs `quorum` votes,
    each with all of `checks`.
    """

    def __init__(self) -> None:
        self.actions: dict[str, Stored] = {}
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.changed = threading.Condition(threading.RLock())
        self.base_url = ""
        self.quorum = 1
        self.checks: tuple[str, ...] = ()
        self.on_submit: Callable[[Stored], None] = lambda stored: None
        self._answers: dict[str, tuple[Any, int, Json]] = {}

    def sent(self, where: str) -> list[Request]:
        """The requests so far whose `METHOD path` matches."""
        return [request for request in self.requests if re.fullmatch(where, f"{request.method} {request.path}")]

    def decide(
        self,
        action_id: str,
        outcome: str = "approved",
        *,
        args: Json | None = None,
        source: str = "people",
        reason: str | None = None,
        comment: str | None = None,
    ) -> None:
        with self.changed:
            self.actions[action_id].decide(outcome, source, args, reason, comment)
            self.changed.notify_all()

    def ask(self, action_id: str, text: str) -> None:
        with self.changed:
            self.actions[action_id].question = {"text": text, "asked_by": {"id": "usr_ada", "name": "Ada"}}
            self.changed.notify_all()

    def only(self) -> Stored:
        (stored,) = self.actions.values()
        return stored

    def fault(self, request: Request) -> Fault | None:
        with self.changed:
            for fault in self.faults:
                if re.fullmatch(fault.where, f"{request.method} {request.path}"):
                    self.faults.remove(fault)
                    return fault
        return None

    def answer(self, request: Request) -> tuple[int, Json, dict[str, str]]:
        with self.changed:
            self.requests.append(request)
            if not request.headers.get("authorization", "").startswith("Bearer cs"):
                return *problem(401, "unauthorized", "Send a key."), {}
            return self._get(request) if request.method == "GET" else self._post(request)

    def _get(self, request: Request) -> tuple[int, Json, dict[str, str]]:
        if request.path == "/whoami":
            return 200, {"agent": {"id": "agt_otto", "name": "otto"}, "scopes": ["actions"]}, {}
        if request.path == "/actions":
            state = request.query.get("state")
            items = [a.shown() for a in reversed(self.actions.values()) if state in (None, a.state)]
            limit = int(request.query.get("limit", 50))
            return 200, {"items": items[:limit], "next": "cur_2" if len(items) > limit else None}, {}
        stored = self.actions.get(request.path.split("/")[2])
        if stored is None:
            return *problem(404, "not_found", "No such action."), {}
        return self._waited(stored, float(request.query.get("wait", 0)), request.headers.get("if-none-match"))

    def _waited(self, stored: Stored, wait: float, known: str | None) -> tuple[int, Json, dict[str, str]]:
        until = time.monotonic() + wait
        while True:
            shown = stored.shown()
            etag = '"' + sha256(json.dumps(shown).encode()).hexdigest()[:16] + '"'
            left = until - time.monotonic()
            news = known != etag if known else (stored.state != "pending" or stored.question is not None)
            if news or left <= 0:
                return (304, {}, {"ETag": etag}) if etag == known else (200, shown, {"ETag": etag})
            self.changed.wait(left)

    def _post(self, request: Request) -> tuple[int, Json, dict[str, str]]:
        key = request.headers.get("idempotency-key")
        if key is None:
            return *problem(400, "idempotency_key_missing", "Send Idempotency-Key."), {}
        if key in self._answers:
            body, status, answer = self._answers[key]
            if body != request.body:
                return *problem(422, "idempotency_mismatch", "Draw a new key."), {}
            return status, answer, {"Idempotent-Replayed": "true"}
        status, answer = self._verb(request, key)
        self._answers[key] = (request.body, status, _without_grant(answer))
        self.changed.notify_all()
        return status, answer, {}

    def _verb(self, request: Request, key: str) -> tuple[int, Json]:
        match request.path.split("/")[1:]:
            case ["actions"]:
                return self._submit(request.body)
            case ["actions", "validate"]:
                return 200, {"compatible": True, "effect": "require_approval", "rule": "all", "explanation": "Ask."}
            case ["actions", "batch"]:
                return 207, {"items": [self._item(item) for item in request.body["actions"]]}
            case ["actions", action_id, verb] if action_id in self.actions:
                return self._act(self.actions[action_id], verb, request.body, key)
        return problem(404, "not_found", "No such action.")

    def _item(self, body: Json) -> Json:
        status, answer = self._submit(body)
        return {"status": status, ("action" if status == 201 else "problem"): answer}

    def _submit(self, body: Json) -> tuple[int, Json]:
        tool = body["tool_call"]["name"]
        if tool == "nonsense":
            return problem(422, "unknown_tool", "Name a tool.", {"pointer": "/tool_call/name", "detail": "Not known."})
        stored = Stored(f"act_{len(self.actions) + 1}", body["tool_call"], body)
        self.actions[stored.id] = stored
        if tool in POLICY:
            outcome, source, reason = POLICY[tool]
            stored.decide(outcome, source, None, reason, None)
        answer = stored.shown()
        self.on_submit(stored)
        return 201, answer

    def _act(self, stored: Stored, verb: str, body: Json, key: str) -> tuple[int, Json]:
        if verb == "spend":
            return _spend(stored, body, key)
        if verb == "result":
            if stored.spend is None:
                return problem(409, "not_spent", "Spend the grant first.")
            if stored.execution is None or stored.execution["status"] not in ("running", "unknown"):
                return problem(409, "already_reported", "Nothing to do.")
            stored.execution |= {"status": body["status"], "reported_at": stamp(), "report": body}
        elif verb == "withdraw":
            if stored.state != "pending":
                return problem(409, "already_decided", "It is decided.")
            stored.decide("withdrawn", "agent", None, None, body["reason"])
        elif verb == "messages":
            stored.notes.append(body["text"])
            stored.question = None
        elif verb == "reviews":
            return _review(stored, body, self.checks, self.quorum)
        elif verb == "undo":
            return _undo(stored)
        return 200, stored.shown()


def _spend(stored: Stored, body: Json, key: str) -> tuple[int, Json]:
    if stored.refuse_spend is not None:
        return problem(409, *stored.refuse_spend)
    if stored.spend is not None or stored.decision is None or body["grant"] != stored.decision["grant"]:
        return problem(409, "grant_spent", "It was spent before.")
    answer = {"tool_call": stored.call, "spent_at": stamp(), "execution_key": f"exe_{stored.id}"}
    stored.spend = (key, answer)
    stored.execution = {"status": "running", "spent_at": stamp(), "reported_at": None, "drifted": False, "report": None}
    return 200, answer


def _review(stored: Stored, body: Json, checks: tuple[str, ...], quorum: int) -> tuple[int, Json]:
    if (body["revision"], body["digest"]) != (stored.revision, stored.digest):
        return problem(409, "stale_revision", "Look again.")
    if body["verdict"] == "approve" and (missing := [check for check in checks if check not in body.get("checks", [])]):
        return problem(403, "checks_required", "Tick them.", {"pointer": "/checks", "detail": f"Tick: {missing[0]}"})
    outcome = {"approve": "approved", "reject": "rejected"}[body["verdict"]]
    stored.votes += outcome == "approved"
    if outcome == "approved" and stored.votes < quorum:
        return 200, stored.shown()
    args = body["tool_call"]["args"] if "tool_call" in body else None
    stored.decide(outcome, "people", args, body.get("reason_code"), body.get("comment"))
    return 200, stored.shown()


def _undo(stored: Stored) -> tuple[int, Json]:
    if stored.state != "pending" or not stored.votes:
        return problem(409, "nothing_to_undo", "There is no vote of yours.")
    stored.votes -= 1
    return 200, stored.shown()


def _without_grant(answer: Json) -> Json:
    decision = answer.get("decision")
    return answer if decision is None else answer | {"decision": decision | {"grant": None}}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


@contextmanager
def serving() -> Iterator[FakeApi]:
    """The server on a free port of 127.0.0.1, in a thread, until the block ends."""
    api = FakeApi()
    server = Server(("127.0.0.1", 0), type("BoundDoor", (Door,), {"api": api}))
    api.base_url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
