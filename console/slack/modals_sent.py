"""Listeners for modals that were sent: what was entered is checked, and a refusal stands beside its field."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from slack_bolt import Ack, BoltResponse

from approvals import queries, services, strict_json
from approvals.errors import ChecksRequired, EditRefused
from console import fields
from console.slack import changes, modals, presses
from console.slack.modals import Origin
from console.slack.presses import Press, Told
from feedback.queries import reasons_offered

Entered = dict[str, list[str]]
# None closes the modal; otherwise what Slack is to do instead.
Answer = dict[str, Any] | None
TOO_LONG = "The difference is too long for Slack. Edit it in the console."


class Beside(Exception):
    """What was entered cannot be taken: block id -> what to do."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__()
        self.errors = dict(errors)


def on_modal(act: Callable[[Press, Entered, Origin], Answer]) -> Callable[[Ack, dict[str, Any]], BoltResponse]:
    """A listener that answers in the modal itself."""

    # Not functools.wraps: Bolt looks through it, and would pass what `act` takes.
    def listen(ack: Ack, body: dict[str, Any]) -> BoltResponse:
        at = presses.now()
        team, inside = presses.within(body)
        if team is None:
            return ack()
        with inside:
            try:
                origin = _origin(body)
                press = presses.at_channel(presses.read(team, body, origin.button, at), origin.channel, origin.ts)
                answer = presses.attempt(lambda one: act(one, _entered(body), origin), press)
            except Beside as beside:
                return ack(response_action="errors", errors=beside.errors)
            except Told as told:
                return ack(response_action="update", view=modals.notice("Nothing was changed", told.text, told.link))
        return ack(**answer) if answer else ack()

    return listen


@on_modal
def approve(press: Press, entered: Entered, _origin: Origin) -> Answer:
    checks = press.view.terms["checks"]
    ticked = [number for name, numbers in entered.items() if name.startswith("checks") for number in numbers]
    given = [check for n, check in enumerate(checks) if str(n) in ticked]
    try:
        presses.vote(press, "approve", checks=given)
    except ChecksRequired as refused:
        raise Beside({"checks": refused.detail}) from refused
    return None


@on_modal
def reject(press: Press, entered: Entered, _origin: Origin) -> Answer:
    presses.vote(press, "reject", reason_code=_reason(entered), comment=_one(entered, "comment").strip())
    return None


@on_modal
def ask(press: Press, entered: Entered, _origin: Origin) -> Answer:
    text = _one(entered, "text").strip()
    if not text:
        raise Beside({"text": "Write the question."})
    services.ask(actor=press.who.actor, at=press.at, member=press.who.member, action_id=press.view.id, text=text)
    return None


@on_modal
def edit(press: Press, entered: Entered, origin: Origin) -> Answer:
    """Checks what was entered, and shows the difference to be approved; stores nothing."""
    presses.refuse_stale(press)
    args = _arguments(press, entered)
    drawn = [name for name in entered if name.startswith("field-")]
    if args == press.view.args:
        raise Beside({drawn[0]: "Nothing differs yet. Change a value."})
    try:
        after = services.preview_edit(
            at=press.at,
            member=press.who.member,
            action_id=press.view.id,
            revision=press.revision,
            digest=press.digest,
            args=args,
        ).after
    except EditRefused as refused:
        told = " ".join([refused.detail, *(fault.detail for fault in refused.faults[:3])])
        raise Beside({drawn[0]: told[:150]}) from refused
    refused_here = queries.slack_refusal(after)
    if refused_here:
        raise refused_here
    opened = Origin(origin.button, origin.channel, origin.ts, args.decode())
    if not (opened.fits and changes.is_whole(press.view.args, args)):
        raise Told(TOO_LONG, link=press.link)
    lines = changes.lines(press.view.args, args)
    return {"response_action": "update", "view": modals.difference(lines, opened)}


@on_modal
def edited(press: Press, entered: Entered, origin: Origin) -> Answer:
    """Approves the arguments that the difference was drawn for."""
    args = strict_json.canonical(strict_json.parse(origin.args.encode()))
    presses.vote(press, "approve", args=args, reason_code=_reason(entered), comment=_one(entered, "comment").strip())
    return None


def _arguments(press: Press, entered: Entered) -> bytes:
    spec = queries.tool_spec(press.view)
    drawn = fields.drawn(orjson.loads(press.view.args), spec.schema if spec else None)
    tree, answered = fields.read(drawn, {name: _one(entered, name) for name in entered})
    wrong = {field.key: field.error for field in answered if field.error}
    if wrong:
        raise Beside(wrong)
    try:
        return strict_json.canonical(strict_json.parse(strict_json.canonical(tree)))
    except strict_json.Refused as refused:
        raise Beside({drawn[0].key: f"This cannot be sent: {refused}"[:150]}) from refused


def _reason(entered: Entered) -> str:
    code = _one(entered, "reason")
    if code not in dict(reasons_offered()):
        raise Beside({"reason": "Choose a reason. The agent receives it."})
    return code


def _one(entered: Entered, name: str) -> str:
    return next(iter(entered.get(name, ())), "")


def _origin(body: Mapping[str, Any]) -> Origin:
    try:
        return Origin.read(str((body.get("view") or {}).get("private_metadata", "")))
    except ValueError as error:
        raise Told("This form is not ours. Nothing was changed; open the console.") from error


def _entered(body: Mapping[str, Any]) -> Entered:
    """Block id -> what was entered or chosen there; nothing for an empty field."""
    values = ((body.get("view") or {}).get("state") or {}).get("values") or {}
    return {name: _of(element) for name, elements in values.items() for element in elements.values()}


def _of(element: Mapping[str, Any]) -> list[str]:
    if "selected_options" in element:
        return [str(one["value"]) for one in element["selected_options"] or ()]
    chosen = element.get("selected_option")
    if chosen:
        return [str(chosen["value"])]
    typed = element.get("value")
    return [] if typed is None else [str(typed)]
