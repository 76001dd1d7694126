"""Letters of scheduled gates: what was said, that there was nothing to judge, or why it could not be judged."""

from django.conf import settings

from accounts import queries as accounts_queries
from accounts.queries import Reader, Verb
from approvals.errors import NotFound
from console.mail.letter import Letter
from console.mail.quoting import VALUE_MAX, in_subject, quoted
from feedback.queries import evaluation
from outbox.types import Delivery

JUDGED, UNFED, FAILED = "gate.judged", "gate.unfed", "gate.failed"
KINDS = (JUDGED, UNFED, FAILED)
WORDS = {
    "pass": "passed",
    "fail": "failed",
    "inconclusive": "is inconclusive: neither better nor worse is shown",
    "invalid": "is invalid: the runs may not be compared",
}


def about_gate(message: Delivery) -> Letter | None:
    """None where the person is gone or may read evaluation no more, or the gate is gone."""
    reader = accounts_queries.reader(message.workspace_id, message.payload["user"])
    if reader is None or reader.user_id not in accounts_queries.holders(message.workspace_id, Verb.READ_DATASET):
        return None
    slug = accounts_queries.slug_of(message.workspace_id)
    try:
        subject, text, path = _told(message)
    except NotFound:
        return None
    body = f"Hello {reader.name},\n\n{text}\n\n{settings.BASE_URL}/w/{slug}/evaluation{path}\n"
    return Letter(reader.email, f"[{slug}] {subject}", body, headers=_marks(message, reader))


def _told(message: Delivery) -> tuple[str, str, str]:
    """Subject, text and where to look."""
    told = message.payload
    plan, agent = in_subject(told["plan"]), quoted(told["agent"], VALUE_MAX)
    dataset = quoted(told["dataset"], VALUE_MAX)
    if message.kind == UNFED:
        text = f"the gate {quoted(told['plan'], VALUE_MAX)} was due, and {agent} has no new run on {dataset}."
        return f"Gate {plan}: no new run", text, ""
    if message.kind == FAILED:
        because = quoted(told["because"], VALUE_MAX)
        text = f"the gate {quoted(told['plan'], VALUE_MAX)} of {agent} on {dataset} could not be judged:\n\n{because}"
        return f"Gate {plan}: could not be judged", text, ""
    found = evaluation.find_gate(message.workspace_id, message.subject)
    text = f"the gate {quoted(told['plan'], VALUE_MAX)} of {agent} on {dataset} {WORDS[found.verdict]}."
    return f"Gate {plan}: {found.verdict}", text, f"/gates/{found.id}"


def _marks(message: Delivery, reader: Reader) -> tuple[tuple[str, str], ...]:
    # The same for a second delivery, so that a mail program can tell that it has this one.
    return (
        ("Message-ID", f"<{message.kind}.{message.id}.{reader.user_id}@countersign>"),
        ("Auto-Submitted", "auto-generated"),
    )
