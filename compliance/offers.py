"""What can be exported, and as what."""

from dataclasses import dataclass

from approvals.errors import BadRequest, Fault
from compliance import formats
from compliance.filters import LENGTHS, Filter
from compliance.reports import REPORTS

EVENTS, ALL, LOG = "events", "all", "log"
CSV, PDF, BUNDLE = "csv", "pdf", "bundle"
FORMATS = {CSV: "CSV", **formats.LABELS, PDF: "PDF report", BUNDLE: "Evidence bundle (ZIP)"}
TYPES = {CSV: "text/csv; charset=utf-8", **formats.MEDIA, PDF: "application/pdf", BUNDLE: "application/zip"}
SUFFIXES = {CSV: "csv", **formats.SUFFIXES, PDF: "pdf", BUNDLE: "zip"}


@dataclass(frozen=True, slots=True)
class Offer:
    """`takes` are the members of the filter that narrow it."""

    what: str
    label: str
    formats: tuple[str, ...]
    takes: frozenset[str]


_TIME = frozenset({"since", "until"})
OFFERS: dict[str, Offer] = {
    offer.what: offer
    for offer in (
        Offer(EVENTS, "Events of the audit log", (CSV, *formats.LABELS), _TIME | LENGTHS.keys()),
        Offer(ALL, "All standard reports", (PDF,), _TIME),
        Offer(LOG, "The signed log", (BUNDLE,), _TIME | LENGTHS.keys()),
        *(Offer(report.name, report.title, (CSV, PDF), report.takes) for report in REPORTS.values()),
    )
}


def check(what: str, form: str, wanted: Filter, place: str = "") -> None:
    """Raises BadRequest where nothing of the kind is offered, or the filter at `place` cannot narrow it."""
    offer = OFFERS.get(what)
    if offer is None:
        raise _refused("/what", "unknown_export", f"Take one of: {', '.join(OFFERS)}.")
    if form not in offer.formats:
        raise _refused("/format", "unknown_format", f"{offer.label} comes as {' or '.join(offer.formats)}.")
    for name in wanted.tree:
        if name not in offer.takes:
            told = ", ".join(sorted(offer.takes))
            raise _refused(f"{place}/{name}", "not_narrowed", f"{offer.label} can be narrowed by {told} alone.")


def _refused(pointer: str, code: str, detail: str) -> BadRequest:
    return BadRequest(detail, faults=[Fault(pointer, code, detail)])
