"""The other buttons of the cast, beside `Stage.submit` and `Stage.review`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from accounts import services as accounts
from approvals import queries, services, tokens
from approvals.answers import ActionView
from approvals.services import Report, Spent
from approvals.strict_json import canonical
from audit.actor import OPERATOR, Door
from tests.cast import Stage


def find(stage: Stage, view: ActionView) -> ActionView:
    return queries.find(stage.id, view.id, envelope=True)


def ask(stage: Stage, name: str, view: ActionView, text: str = "Why?", at: datetime | None = None) -> ActionView:
    member = stage.member(name)
    actor = member.actor(Door.WEB, "password")
    return services.ask(actor=actor, at=at or stage.at, member=member, action_id=view.id, text=text)


def answer(stage: Stage, view: ActionView, text: str = "Because.", at: datetime | None = None) -> ActionView:
    otto = stage.otto
    return services.answer(actor=otto.actor, at=at or stage.at, caller=otto, action_id=view.id, text=text)


def withdraw(stage: Stage, view: ActionView, reason: str = "", at: datetime | None = None) -> ActionView:
    otto = stage.otto
    return services.withdraw(actor=otto.actor, at=at or stage.at, caller=otto, action_id=view.id, reason=reason)


def undo(stage: Stage, name: str, view: ActionView, at: datetime | None = None) -> ActionView:
    member = stage.member(name)
    actor = member.actor(Door.WEB, "password")
    return services.undo(actor=actor, at=at or stage.at, member=member, action_id=view.id)


def look(stage: Stage, name: str, view: ActionView, at: datetime | None = None) -> datetime | None:
    """Somebody opens what `view` shows."""
    return services.look(at=at or stage.at, member=stage.member(name), view=view, door=Door.WEB)


def edit(
    stage: Stage, name: str, view: ActionView, *, checks: Sequence[str] = (), at: datetime | None = None, **changed: Any
) -> ActionView:
    """Approves with these arguments changed."""
    args = canonical({**orjson.loads(view.args), **changed})
    said: dict[str, Any] = {"checks": checks, "reason_code": "amount_too_high", "comment": "Cap it."}
    return stage.review(name, view, args=args, at=at or stage.at, **said)


def grant_of(stage: Stage, view: ActionView) -> str:
    """The token as it would be drawn if it could still be spent."""
    return tokens.grant_for(find(stage, view)) or ""


def spend(stage: Stage, view: ActionView, grant: str = "", at: datetime | None = None) -> Spent:
    token, otto = grant or grant_of(stage, view), stage.otto
    return services.spend(actor=otto.actor, at=at or stage.at, caller=otto, action_id=view.id, grant=token)


def report(
    stage: Stage,
    view: ActionView,
    status: str = "succeeded",
    args: dict[str, Any] | None = None,
    at: datetime | None = None,
    **details: Any,
) -> ActionView:
    otto, told = stage.otto, Report(status, args, details)
    return services.report(actor=otto.actor, at=at or stage.at, caller=otto, action_id=view.id, told=told)


def leave(stage: Stage, name: str) -> None:
    accounts.end_membership(actor=OPERATOR, at=stage.at, workspace_id=stage.id, user_id=stage.people[name])
