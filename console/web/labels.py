"""Labels: what people's decisions said about the calls that agents proposed, newest first."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.roles import Verb
from console.web.access import MemberRequest, in_workspace
from feedback import queries

PAGE = 50


@require_safe
@in_workspace(Verb.READ_DATASET)
def page(request: MemberRequest) -> HttpResponse:
    kind, after = request.GET.get("kind", ""), request.GET.get("after", "").replace("\0", "")
    kind = kind if kind in queries.KINDS else ""
    found = queries.newest_labels(request.member.workspace_id, kind=kind, after=after[:60], limit=PAGE + 1)
    context = {
        "section": "feedback",
        "rows": found[:PAGE],
        "next": found[PAGE - 1].id if len(found) > PAGE else "",
        "kind": kind,
        "kinds": queries.KINDS,
        "now": timezone.now(),
    }
    return render(request, "feedback/labels.html", context)
