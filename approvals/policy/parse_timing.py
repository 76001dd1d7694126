"""The `freezes` of a document."""

from datetime import UTC, datetime

from approvals.policy.model import Freeze
from approvals.policy.reading import Section

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def freezes(root: Section) -> tuple[Freeze, ...]:
    return tuple(_freeze(section) for section in root.sections("freezes"))


def _freeze(section: Section) -> Freeze:
    starts_at, ends_at = section.moment("from"), section.moment("to")
    for key in ("from", "to"):
        if not section.has(key):
            section.fault(key, "missing", "a freeze needs a beginning and an end")
    if starts_at and ends_at and ends_at <= starts_at:
        section.fault("to", "bad_order", "end after the beginning")
    freeze = Freeze(
        id=section.name("id"),
        starts_at=starts_at or _NEVER,
        ends_at=ends_at or _NEVER,
        tools=section.patterns("tools") or ("*",),
        effect=section.word("effect", ("require_approval", "deny"), "require_approval"),
    )
    section.close()
    return freeze
