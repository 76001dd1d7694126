"""Dashboards: what the kept numbers say of a time and of a group. Each comes whole, or as the part that htmx renews."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import queries as accounts_queries
from accounts.roles import Verb
from approvals.services.boards import agents, incidents, oversight, sums, windows
from approvals.services.boards.windows import Window
from audit.queries import trust
from console.web.access import MemberRequest, in_workspace, is_fragment
from console.web.history import day
from feedback.queries import reviewers

RANGES = (("24h", "24 hours"), ("7d", "7 days"), ("30d", "30 days"))
USUAL = "24h"


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of the address, each "" where nothing was asked or where the word is none of ours."""

    range: str = ""
    first: str = ""
    last: str = ""
    group: str = ""

    @classmethod
    def read(cls, query: QueryDict, groups: list[str]) -> "Asked":
        given = {name: query.get(name, "") for name in ("range", "group")}
        first, last = (query.get(name, "") if day(query.get(name, "")) else "" for name in ("from", "to"))
        return cls(
            range=given["range"] if given["range"] in windows.NAMES else "",
            first=first,
            last=last,
            group=given["group"] if given["group"] in groups else "",
        )

    @property
    def name(self) -> str:
        """The named range that is shown; "" for days of one's own choice."""
        return "" if self.first or self.last else self.range or USUAL

    def window(self, at: datetime) -> Window:
        """Days win over a named range; one day alone is the first or the last."""
        if self.name:
            return windows.named(self.name, at, self.group)
        first, last = day(self.first), day(self.last)
        return windows.chosen(first or last or at, last or at, self.group)

    @property
    def kept(self) -> str:
        """What goes along from one dashboard to the other, behind a question mark."""
        words = {"range": self.name, "from": self.first, "to": self.last, "group": self.group}
        return urlencode({name: word for name, word in words.items() if word})


def context(request: MemberRequest, section: str, at: datetime) -> dict[str, Any]:
    """What the bar of filters and every board needs."""
    groups = accounts_queries.group_handles(request.member.workspace_id)
    asked = Asked.read(request.GET, groups)
    window = asked.window(at)
    return {
        "section": section,
        "asked": asked,
        "window": window,
        "ranges": RANGES,
        "groups": groups,
        "counted_at": sums.counted_at(request.member.workspace_id),
        "now": at,
    }


def draw(request: MemberRequest, board: str, found: Mapping[str, Any]) -> HttpResponse:
    """The whole page, or the part that is renewed while the page stands open."""
    name = f"dashboards/_{board}.html" if is_fragment(request) else f"dashboards/{board}.html"
    return render(request, name, dict(found))


@require_safe
@in_workspace(Verb.SEE)
def oversight_page(request: MemberRequest) -> HttpResponse:
    at = timezone.now()
    given = context(request, "oversight", at)
    found = oversight.oversight(request.member.workspace_id, given["window"])
    mixed = reviewers.by_point(request.member.workspace_id, given["window"])
    member = request.member
    told = {"trust": trust(member.workspace_id), "may_see_evidence": member.may(Verb.SEE_EVIDENCE)}
    return draw(request, "oversight", {**given, **told, "board": found, "mixed": mixed})


@require_safe
@in_workspace(Verb.SEE)
def agents_page(request: MemberRequest) -> HttpResponse:
    at = timezone.now()
    given = context(request, "agents", at)
    found = agents.agents(request.member.workspace_id, given["window"], at)
    return draw(request, "agents", {**given, "board": found})


@require_safe
@in_workspace(Verb.SEE)
def incidents_page(request: MemberRequest) -> HttpResponse:
    at = timezone.now()
    given = context(request, "incidents", at)
    found = incidents.board(request.member.workspace_id, given["window"])
    return draw(request, "incidents", {**given, "board": found, "severities": incidents.SEVERITIES})
