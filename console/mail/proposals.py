"""The letter that a proposed policy waits for one's signature: a link, who proposed it, and their reason, quoted.

It goes out whatever letters one chose.
"""

from django.conf import settings

from accounts import queries as accounts_queries
from accounts.queries import Verb
from approvals.errors import NotFound
from approvals.services import policy_reading
from approvals.services.proposals import PROPOSED as PROPOSED
from console.mail.letter import Letter
from console.mail.quoting import TOLD_MAX, VALUE_MAX, quoted
from outbox.types import Delivery


def about_proposal(message: Delivery) -> Letter | None:
    """None where it waits no more, or where the person is gone, may sign no more or has signed."""
    reader = accounts_queries.reader(message.workspace_id, message.payload["user"])
    if reader is None or reader.user_id not in accounts_queries.holders(message.workspace_id, Verb.ACTIVATE_POLICY):
        return None
    try:
        found = policy_reading.proposal(message.workspace_id, message.payload["proposal"])
    except NotFound:
        return None
    if not found.is_open or found.has_signed(reader.user_id):
        return None
    slug = accounts_queries.slug_of(message.workspace_id)
    note = f"Their reason: {quoted(found.note, TOLD_MAX)}\n\n" if found.note else ""
    body = (
        f"Hello {reader.name},\n\n"
        f"{quoted(found.by_name, VALUE_MAX)} proposes another policy for {slug}. It decides nothing before people have"
        " signed it.\n\n"
        f"{note}"
        "See what it changes, then sign or decline it:\n\n"
        f"{settings.BASE_URL}/w/{slug}/policies/proposals/{found.id}\n"
    )
    marks = (
        # The same for a second delivery, so that a mail program can tell that it has this one.
        ("Message-ID", f"<{message.kind}.{message.subject}.{reader.user_id}@countersign>"),
        ("Auto-Submitted", "auto-generated"),
    )
    return Letter(reader.email, f"[{slug}] A policy waits for your signature", body, headers=marks)
