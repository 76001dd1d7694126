"""Letters about what went wrong: an incident, a result that never came, a blocked version. They go out whatever letters
one chose.
"""

from django.conf import settings

from accounts import queries as accounts_queries
from accounts.queries import Reader
from approvals import queries
from approvals.errors import NotFound
from console.mail.letter import Letter
from console.mail.quoting import TOLD_MAX, VALUE_MAX, in_subject, quoted
from outbox.types import Delivery

INCIDENT, UNREPORTED, BLOCKED = "incident.opened", "execution.unreported", "version.blocked"
KINDS = (INCIDENT, UNREPORTED, BLOCKED)


def about_trouble(message: Delivery) -> Letter | None:
    """None where the person, or what it is about, is gone."""
    reader = accounts_queries.reader(message.workspace_id, message.payload["user"])
    if reader is None:
        return None
    try:
        return _WRITERS[message.kind](message, reader)
    except NotFound:
        return None


def _incident(message: Delivery, reader: Reader) -> Letter:
    found = queries.find_incident(message.workspace_id, message.payload["incident"])
    slug = accounts_queries.slug_of(message.workspace_id)
    text = (
        f"an incident of {found.severity} severity was opened in {slug}:\n\n"
        f"{quoted(found.title, TOLD_MAX)}\n\n"
        f"{found.kind_told}. Look at its actions and decide what to stop:\n\n"
        f"{settings.BASE_URL}/w/{slug}/incidents/{found.id}\n"
    )
    return _letter(message, reader, f"[{slug}] Incident: {in_subject(found.title)}", text)


def _unreported(message: Delivery, reader: Reader) -> Letter:
    view = queries.find(message.workspace_id, message.payload["action"])
    slug = view.workspace_slug
    text = (
        f"{view.agent_name}, for which you answer, began to run {quoted(view.tool, VALUE_MAX)}"
        " and told no result in time.\n\n"
        "Whether it ran is not known. Look into the tool itself before anything is repeated:\n\n"
        f"{settings.BASE_URL}/w/{slug}/actions/{view.id}\n"
    )
    return _letter(message, reader, f"[{slug}] No result of {in_subject(view.tool)}", text)


def _blocked(message: Delivery, reader: Reader) -> Letter:
    stop = queries.find_stop(message.workspace_id, message.payload["stop"])
    slug = accounts_queries.slug_of(message.workspace_id)
    back_to = message.payload["back_to"]
    text = (
        f"{stop.pulled_by} blocked {stop.name}, a version of an agent for which you answer.\n\n"
        f"It is refused from now on, and what it had not run yet is revoked. Go back to {back_to}.\n\n"
        f"{settings.BASE_URL}/w/{slug}/versions/{stop.target}\n"
    )
    return _letter(message, reader, f"[{slug}] {stop.name} is blocked", text)


def _letter(message: Delivery, reader: Reader, subject: str, text: str) -> Letter:
    # The same for a second delivery, so that a mail program can tell that it has this one.
    marks = (
        ("Message-ID", f"<{message.kind}.{message.subject}.{reader.user_id}@countersign>"),
        ("Auto-Submitted", "auto-generated"),
    )
    return Letter(reader.email, subject, f"Hello {reader.name},\n\n{text}", headers=marks)


_WRITERS = {INCIDENT: _incident, UNREPORTED: _unreported, BLOCKED: _blocked}
