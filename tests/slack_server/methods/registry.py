"""The Web API's methods by name, and who may call them."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.slack_server.wire import Call, Refused
from tests.slack_server.world import Install, Json, World

Answer = Callable[[World, Call, Install], Json]
Open = Callable[[World, Call], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """`answer` is for an installation's token; `open_to` for a call that proves itself in another way."""

    scopes: tuple[str, ...]
    answer: Answer | None = None
    open_to: Open | None = None


METHODS: dict[str, Method] = {}


def method(name: str, *scopes: str) -> Callable[[Answer], Answer]:
    """Any one of the scopes is enough; none are needed where none are named."""

    def keep(answer: Answer) -> Answer:
        METHODS[name] = Method(scopes, answer=answer)
        return answer

    return keep


def open_method(name: str) -> Callable[[Open], Open]:
    def keep(answer: Open) -> Open:
        METHODS[name] = Method((), open_to=answer)
        return answer

    return keep


def call(world: World, asked: Call) -> Json:
    """Raises Refused."""
    known = METHODS.get(asked.method)
    if known is None:
        raise Refused("unknown_method", req_method=asked.method)
    if known.open_to is not None:
        return {"ok": True, **known.open_to(world, asked)}
    if known.answer is None:
        raise TypeError(f"{asked.method} has no answer")
    caller = installation(world, asked.token)
    if known.scopes and not set(known.scopes) & set(caller.scopes):
        raise Refused("missing_scope", needed=",".join(known.scopes), provided=",".join(caller.scopes))
    return {"ok": True, **known.answer(world, asked, caller)}


def installation(world: World, token: str) -> Install:
    """Whose token it is. Raises Refused (not_authed, invalid_auth, token_revoked, token_expired)."""
    if not token:
        raise Refused("not_authed")
    for install in world.installs.values():
        if install.bot_token == token:
            if install.revoked:
                raise Refused("token_revoked")
            if install.expires_at and install.expires_at <= world.now():
                raise Refused("token_expired")
            return install
    raise Refused("invalid_auth")
