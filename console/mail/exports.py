"""The letter that a scheduled export is there: a link and a few words of ours, and nothing of what is in it."""

from django.conf import settings

from accounts import queries as accounts_queries
from accounts.queries import Verb
from approvals.errors import NotFound
from compliance.queries import exports
from console.mail.letter import Letter
from outbox.types import Delivery

MADE = "export.made"


def about_export(message: Delivery) -> Letter | None:
    """None where the file is gone, or where the person is gone or may open evidence no more."""
    reader = accounts_queries.reader(message.workspace_id, message.payload["user"])
    if reader is None or reader.user_id not in accounts_queries.holders(message.workspace_id, Verb.SEE_EVIDENCE):
        return None
    try:
        view = exports.find(message.workspace_id, message.subject)
    except NotFound:
        return None
    if view.state != "made" or view.expires_at is None:
        return None
    slug = accounts_queries.slug_of(message.workspace_id)
    body = (
        f"Hello {reader.name},\n\n"
        f"the scheduled export of {slug} is ready: {view.label}, as {view.format_label}.\n\n"
        f"Log in to fetch it, until {view.expires_at:%d %b %Y, %H:%M} UTC:\n\n"
        f"{settings.BASE_URL}/w/{slug}/audit/exports/\n"
    )
    marks = (
        # The same for a second delivery, so that a mail program can tell that it has this one.
        ("Message-ID", f"<{message.kind}.{message.subject}.{reader.user_id}@countersign>"),
        ("Auto-Submitted", "auto-generated"),
    )
    return Letter(reader.email, f"[{slug}] Export: {view.label}", body, headers=marks)
