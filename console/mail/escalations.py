"""Letters that a plan, a colleague or the auditor calls for: that an action waits for somebody, and why for them.

Like every letter about an action it tells and links, and decides nothing. Whatever comes from an agent is quoted.
"""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from approvals.services import notifications
from approvals.services.notifications import Telling
from console.mail.letter import Letter
from console.mail.quoting import TOLD_MAX, in_subject, quoted
from console.templatetags.console import span
from outbox.types import Delivery


def about_escalation(message: Delivery) -> Letter | None:
    """The letter that this promise still calls for, or None."""
    at = timezone.now()
    telling = notifications.owed_telling(message.workspace_id, message.payload["notifications"], at)
    if telling is None:
        return None
    action, (reader, via) = telling.action, telling.people[0]
    base = f"{settings.BASE_URL}/w/{action.workspace_slug}"
    context: dict[str, Any] = {
        "name": reader.name,
        "what": _what(telling),
        "via": via,
        "reason": quoted(telling.reason, TOLD_MAX),
        "tool": in_subject(action.tool),
        "effect": quoted(action.effect_sentence, TOLD_MAX),
        "agent": in_subject(action.agent_name),
        "risk": action.risk,
        "waited": span((at - action.created_at).total_seconds()),
        "until": f"{action.expires_at:%d %b %Y, %H:%M} UTC",
        "link": f"{base}/actions/{action.id}",
        "queue": f"{base}/queue",
        "settings": f"{base}/settings/notifications",
        "many": telling.waiting if message.kind == notifications.FLOODED else 0,
    }
    return Letter(
        to=reader.email,
        subject=_subject(telling, context),
        body=_plain(context),
        html=render_to_string("mail/escalation.html", context),
        headers=(
            ("Message-ID", f"<{telling.notification_ids[0]}.{reader.user_id}@countersign>"),
            ("Auto-Submitted", "auto-generated"),
        ),
    )


def _subject(telling: Telling, context: dict[str, Any]) -> str:
    slug = telling.action.workspace_slug
    if context["many"]:
        return f"[{slug}] {context['agent']} asks very often: {context['many']} of its actions wait"
    return f"[{slug}] {context['what']}: {context['tool']}"


def _what(telling: Telling) -> str:
    level = f" (level {telling.level})" if telling.level else ""
    by = f" by {telling.by_name}" if telling.by_name else ""
    return {
        "escalate": f"Escalated to you{by}{level}",
        "remind": f"You are reminded{by}{level}",
        "reassign": f"Handed to you{by}{level}",
    }[telling.kind]


def _plain(context: dict[str, Any]) -> str:
    parts = [f"Hello {context['name']},", ""]
    if context["many"]:
        parts += [
            f"{context['agent']} asks very often. {context['many']} of its actions wait; for the next minutes this",
            f"letter stands for all of them: {context['queue']}",
            "The newest:",
            "",
        ]
    parts += [f"{context['what']}: {context['tool']}", f"  You are asked as: {context['via']}"]
    if context["reason"]:
        parts.append(f"  Because: {context['reason']}")
    parts += [
        f"  {context['effect']}"
        if context["effect"]
        else "  Uninspectable: the policy does not say what this tool does.",
        f"  Agent {context['agent']}, {context['risk']} risk, has waited {context['waited']}, until {context['until']}",
        f"  {context['link']}",
        "",
        "Nothing can be decided by this letter: open the action, log in, and read the whole of it there.",
        f"Which letters you get: {context['settings']}",
        "",
    ]
    return "\n".join(parts)
