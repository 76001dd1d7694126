"""How the log stands, and who has read evidence."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.roles import Verb
from audit.kinds import EventKind
from compliance import search
from compliance.standing import standing
from console.web.access import MemberRequest, in_workspace
from console.web.audit import note, what

READS = (EventKind.EVIDENCE_READ, EventKind.EXPORT_MADE, EventKind.SAMPLE_DRAWN)


@require_safe
@in_workspace(Verb.SEE_EVIDENCE)
def page(request: MemberRequest) -> HttpResponse:
    context = {"section": "audit", "standing": standing(request.member.workspace_id)}
    return render(request, "audit/standing.html", context)


@require_safe
@in_workspace(Verb.SEE_EVIDENCE)
def access(request: MemberRequest) -> HttpResponse:
    """Reads, exports and samples, newest first."""
    workspace_id = request.member.workspace_id
    after = request.GET.get("after", "").replace("\0", "")[:40]
    found = search.newest(workspace_id, READS, after=after)
    note(request, "access", ("workspace", workspace_id))
    context = {"section": "audit", "rows": [(row, what(row.kind)) for row in found.rows], "next": found.next}
    return render(request, "audit/access.html", context)
