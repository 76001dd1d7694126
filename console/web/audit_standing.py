"""How the log stands, and who has read evidence."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.roles import Verb
from audit.queries import trust
from compliance import queries
from console.web.access import MemberRequest, in_workspace
from console.web.audit import note, what


@require_safe
@in_workspace(Verb.SEE_EVIDENCE)
def page(request: MemberRequest) -> HttpResponse:
    workspace_id = request.member.workspace_id
    context = {"section": "audit", "standing": queries.standing(workspace_id), "trust": trust(workspace_id)}
    return render(request, "audit/standing.html", context)


@require_safe
@in_workspace(Verb.SEE_EVIDENCE)
def access(request: MemberRequest) -> HttpResponse:
    """Reads, exports and samples, newest first."""
    workspace_id = request.member.workspace_id
    after = request.GET.get("after", "").replace("\0", "")[:40]
    found = queries.readings(workspace_id, after)
    note(request, "access", ("workspace", workspace_id))
    context = {"section": "audit", "rows": [(row, what(row.kind)) for row in found.rows], "next": found.next}
    return render(request, "audit/access.html", context)
