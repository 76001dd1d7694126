"""Reads for doors, all of one workspace."""

from audit.kinds import EventKind
from compliance.erasures import PAGE, ErasureView
from compliance.erasures import find as find_erasure
from compliance.erasures import page as erasures
from compliance.erasures import work_on as erasing_job
from compliance.holds import HoldView
from compliance.holds import find as find_hold
from compliance.holds import page as holds
from compliance.population import Wanted
from compliance.retention import days_kept
from compliance.samples import SampleView
from compliance.samples import find as find_sample
from compliance.search import STRETCH, Asked, Found, newest
from compliance.search import find as search
from compliance.standing import Standing, standing
from compliance.story import Entry
from compliance.story import of_action as story
from compliance.story import of_event as event
from compliance.words import Basis, Subject

KINDS = tuple(kind.value for kind in EventKind)
READS = (
    EventKind.EVIDENCE_READ,
    EventKind.EXPORT_MADE,
    EventKind.EXPORT_DOWNLOADED,
    EventKind.SAMPLE_DRAWN,
)


def readings(workspace_id: str, after: str = "") -> Found:
    """Who read or took away evidence, newest first."""
    return newest(workspace_id, READS, after=after)


def samples(workspace_id: str, after: str = "") -> Found:
    """The samples that were drawn, newest first."""
    return newest(workspace_id, [EventKind.SAMPLE_DRAWN], after=after)


__all__ = [
    "KINDS",
    "PAGE",
    "READS",
    "STRETCH",
    "Asked",
    "Basis",
    "Entry",
    "ErasureView",
    "Found",
    "HoldView",
    "SampleView",
    "Standing",
    "Subject",
    "Wanted",
    "days_kept",
    "erasing_job",
    "erasures",
    "event",
    "find_erasure",
    "find_hold",
    "find_sample",
    "holds",
    "readings",
    "samples",
    "search",
    "standing",
    "story",
]
