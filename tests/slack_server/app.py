"""The ASGI application: which path leads where, and the faults that were ordered."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qs

from tests.slack_server import authorize, wire
from tests.slack_server.faults import Fault, Faults
from tests.slack_server.links import Links, Receive, Send
from tests.slack_server.look import Look
from tests.slack_server.methods import registry
from tests.slack_server.methods.chat import content_problems
from tests.slack_server.wire import Call, Refused
from tests.slack_server.world import RESPONSE_URL_USES, Json, Message, World

Scope = dict[str, Any]
JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Heard:
    """One call that came in, and what it was answered."""

    method: str
    args: Json
    error: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes
    status: int = 200
    kind: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


class SlackApp:
    """`heard` keeps every call of the Web API, for tests that count them."""

    def __init__(self, world: World, faults: Faults, links: Links, look: Look) -> None:
        self.world, self.faults, self.links, self.look = world, faults, links, look
        self.heard: list[Heard] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = scope.get("query_string", b"").decode()
        if scope["type"] == "websocket":
            await self.links.serve(query, receive, send)
            return
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        body = await _read(receive)
        path: str = scope["path"]
        if path.startswith("/api/"):
            await self._api(path.removeprefix("/api/"), headers, query, body, receive, send)
        elif path.startswith("/response/"):
            await _say(send, self._respond(path.removeprefix("/response/"), body))
        elif path in authorize.PATHS:
            await _say(send, self._authorize(path, scope["method"], query, body))
        else:
            status, kind, content = await asyncio.to_thread(self.look.answer, scope["method"], path, query, body)
            await _say(send, Answer(content, status, kind))

    async def _api(
        self, name: str, headers: dict[str, str], query: str, body: bytes, receive: Receive, send: Send
    ) -> None:
        call, refused = _parsed(name, headers, query, body)
        channel = call.text("channel") if call else ""
        fault = self.faults.met_by(name, channel)
        answer = _broken(fault)
        if answer is None:
            answer = self._answer(call, refused, fault)
        if call is not None:
            error = str(json.loads(answer.body).get("error", "")) if answer.kind == JSON else "broken"
            self.heard.append(Heard(name, call.args, error, answer.status))
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind == "drop":
            # The server offers no way to hang up; its side of the connection is behind the bound method.
            cast(Any, send).__self__.transport.abort()
            await receive()
            return
        await _say(send, answer)

    def _answer(self, call: Call | None, refused: Refused | None, fault: Fault | None) -> Answer:
        if call is None or refused is not None:
            return _json((refused or Refused("invalid_arguments")).body)
        if fault is not None and fault.kind == "error":
            return _json(Refused(fault.error).body)
        try:
            with self.world.lock:
                told = registry.call(self.world, call)
        except Refused as error:
            return _json(error.body)
        if call.warnings:
            told = {**told, "warning": ",".join(call.warnings)}
        return _json(told)

    def _respond(self, name: str, body: bytes) -> Answer:
        """A response address: five uses within half an hour."""
        with self.world.lock:
            found = self.world.response_urls.get(name)
            if found is None or self.world.now() > found.until:
                return _json({"ok": False, "error": "expired_url"}, 404)
            if found.uses >= RESPONSE_URL_USES:
                return _json({"ok": False, "error": "used_url"}, 404)
            found.uses += 1
            told = json.loads(body)
            problems = content_problems(told.get("blocks") or [])
            if problems:
                return _json({"ok": False, "error": "invalid_blocks", "errors": problems}, 400)
            original = self.world.message(found.channel_id, found.message_ts)
            if original is not None and told.get("delete_original"):
                original.deleted = True
            elif original is not None and told.get("replace_original"):
                original.text, original.blocks = told.get("text", ""), told.get("blocks", [])
            else:
                channel = self.world.channels[found.channel_id]
                bot = self.world.installs[channel.team_id].bot_user_id
                only_for = "" if told.get("response_type") == "in_channel" else found.user_id
                said = Message(self.world.new_ts(), channel.id, bot, told.get("text", ""), only_for=only_for)
                said.blocks = told.get("blocks", [])
                self.world.messages.append(said)
            self.world.touch()
        return Answer(b"ok", kind="text/html; charset=utf-8")

    def _authorize(self, path: str, verb: str, query: str, body: bytes) -> Answer:
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        with self.world.lock:
            if verb == "POST":
                form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
                return Answer(b"", 302, headers={"location": authorize.allowed(self.world, asked, form)})
            status, page = authorize.page(self.world, path, asked)
        return Answer(page.encode(), status, HTML)


def _parsed(name: str, headers: dict[str, str], query: str, body: bytes) -> tuple[Call | None, Refused | None]:
    try:
        return wire.read(name, headers, query, body), None
    except Refused as error:
        return None, error


def _broken(fault: Fault | None) -> Answer | None:
    """What comes instead of any answer; the call has no effect."""
    if fault is None or fault.kind != "status":
        return None
    if fault.status == 429:
        told = {"retry-after": str(fault.retry_after)}
        return Answer(json.dumps({"ok": False, "error": fault.error}).encode(), 429, headers=told)
    return Answer(b"<html>upstream connect error</html>", fault.status, HTML)


def _json(tree: Json, status: int = 200) -> Answer:
    return Answer(json.dumps(tree).encode(), status)


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _say(send: Send, answer: Answer) -> None:
    headers = {"content-type": answer.kind, "content-length": str(len(answer.body)), **answer.headers}
    listed = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": listed})
    await send({"type": "http.response.body", "body": answer.body})
