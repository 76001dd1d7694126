"""Letters about actions: that they wait, that their time runs out, that a question was answered.

A letter tells and links; it decides nothing, and its link leads to a page that asks for a log-in. Whatever comes from
an agent goes through `quoting`; its summary and its reasons are never in a letter.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from approvals import facts
from approvals.answers import ActionView
from approvals.services import notices
from approvals.services.notices import Item, OwedLetter
from console.mail.letter import Letter
from console.mail.quoting import TOLD_MAX, VALUE_MAX, in_subject, quoted
from console.templatetags.console import span
from outbox.types import Delivery

ARGUMENTS_MAX = 10
ITEMS_MAX = 20


@dataclass(frozen=True, slots=True)
class Told:
    """One item as it is printed, every text already quoted."""

    what: str
    tool: str
    effect: str
    agent: str
    risk: str
    until: str
    link: str
    arguments: tuple[tuple[str, str], ...]
    left_out: int
    question: str
    answer: str


def about_actions(message: Delivery) -> Letter | None:
    """The letter that this promise still calls for, or None."""
    owed = notices.owed_letter(message.workspace_id, message.payload["user"], message.payload["notices"])
    if owed is None:
        return None
    slug = owed.items[0].action.workspace_slug
    single = len(owed.items) == 1 and not message.payload["more"]
    context = {
        "name": owed.reader.name,
        "items": [_told(item, whole=single) for item in owed.items[:ITEMS_MAX]],
        "more": len(owed.items[ITEMS_MAX:]) + int(message.payload["more"]),
        "queue": f"{settings.BASE_URL}/w/{slug}/queue",
        "settings": f"{settings.BASE_URL}/w/{slug}/settings/notifications",
        "workspace": slug,
    }
    return Letter(
        to=owed.reader.email,
        subject=_subject(owed, len(owed.items) + int(message.payload["more"])),
        body=_plain(context),
        html=render_to_string("mail/actions.html", context),
        # The same for a second delivery, so that a mail program can tell that it has this one.
        headers=(
            ("Message-ID", f"<{owed.items[0].notice_id}.{owed.reader.user_id}@countersign>"),
            ("Auto-Submitted", "auto-generated"),
        ),
    )


def _subject(owed: OwedLetter, count: int) -> str:
    action = owed.items[0].action
    if count > 1:
        return f"[{action.workspace_slug}] {count} actions wait for you"
    tool = in_subject(action.tool)
    said = {
        notices.WAITING: f"{action.risk} risk: {tool} waits for you",
        notices.EXPIRING: f"{tool} still waits for you",
        notices.ANSWERED: f"Your question about {tool} was answered",
    }[owed.items[0].kind]
    return f"[{action.workspace_slug}] {said}"


def _told(item: Item, *, whole: bool) -> Told:
    """`whole`: with its arguments, where the letter is about nothing else."""
    action = item.action
    arguments = facts.arguments_of(action) if whole else []
    shown = tuple((quoted(name, VALUE_MAX), quoted(text, VALUE_MAX)) for name, text in arguments[:ARGUMENTS_MAX])
    left = span((action.expires_at - timezone.now()).total_seconds())
    return Told(
        what={
            notices.WAITING: "Waits for your decision",
            notices.EXPIRING: f"Nobody has decided yet: it expires in {left}",
            notices.ANSWERED: "Your question was answered",
        }[item.kind],
        tool=in_subject(action.tool),
        effect=quoted(action.effect_sentence, TOLD_MAX),
        agent=in_subject(action.agent_name),
        risk=action.risk,
        until=f"{action.expires_at:%d %b %Y, %H:%M} UTC",
        link=_link(action),
        arguments=shown,
        left_out=len(arguments[ARGUMENTS_MAX:]),
        question=quoted(item.question, TOLD_MAX),
        answer=quoted(item.answer, TOLD_MAX),
    )


def _link(action: ActionView) -> str:
    return f"{settings.BASE_URL}/w/{action.workspace_slug}/actions/{action.id}"


def _plain(context: dict[str, Any]) -> str:
    parts = [f"Hello {context['name']},", ""]
    for told in context["items"]:
        parts += [*_lines(told), ""]
    if context["more"]:
        parts += [f"And {context['more']} more: {context['queue']}", ""]
    parts += [
        "Nothing can be decided by this letter: open the action, log in, and read the whole of it there.",
        f"Which letters you get: {context['settings']}",
        "",
    ]
    return "\n".join(parts)


def _lines(told: Told) -> list[str]:
    lines = [
        f"{told.what}: {told.tool}",
        f"  {told.effect}" if told.effect else "  Uninspectable: the policy does not say what this tool does.",
        f"  Agent {told.agent}, {told.risk} risk, until {told.until}",
        *(f"  {name} = {value}" for name, value in told.arguments),
    ]
    if told.left_out:
        lines.append(f"  and {told.left_out} more arguments: open to see all")
    if told.answer:
        lines += [f"  You asked: {told.question}", f"  The agent says (untrusted): {told.answer}"]
    return [*lines, f"  {told.link}"]
