"""Which policy decided when, who wanted it so, and who agreed."""

from collections.abc import Iterator

from approvals.models import PolicyActivation, PolicySignature
from compliance.reports.shape import Asked, Report, Row, walk

COLUMNS = ("activated_at", "version", "name", "sha256", "written_by", "before", "activated_by", "signed_by", "why")
READ = ("activated_at", "version_id", "version__name", "version__sha256", "version__author_name", "before")


def rows(asked: Asked) -> Iterator[Row]:
    found = PolicyActivation.objects.filter(pk__gte=asked.starts("pac"), activated_at__lt=asked.until)
    if asked.wanted.since:
        found = found.filter(activated_at__gte=asked.wanted.since)
    for one in walk(found, asked, *READ, "by_name", "why", "proposal_id"):
        yield (
            *(one[name] for name in READ),
            one["by_name"],
            _signers(one["proposal_id"], one["before"]) if one["proposal_id"] else "",
            one["why"],
        )


def _signers(proposal_id: str, base: str) -> str:
    """Policies change now and then, so one read for each is few."""
    signed = PolicySignature.objects.filter(proposal_id=proposal_id, base_id=base).order_by("signed_at", "pk")
    return ", ".join(signed.values_list("user_name", flat=True))


REPORT = Report(
    name="policy-history",
    title="Policy history",
    about="Each time that another policy began to decide, with its content hash, its author and those who signed.",
    columns=COLUMNS,
    rows=rows,
    wide=frozenset({"why"}),
    paper=("activated_at", "name", "sha256", "written_by", "activated_by", "signed_by", "why"),
)
