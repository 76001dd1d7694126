"""One version of an agent: what it consists of, beside another one, and the button that blocks it."""

from dataclasses import dataclass
from typing import Any

import orjson
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import queries as accounts_queries
from accounts.queries import VersionView
from accounts.roles import Verb
from approvals import queries
from approvals.errors import BadRequest, NotFound
from approvals.services import versions
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import actor


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a manifest in two versions, as JSON text; None where a version has none."""

    name: str
    before: str | None
    after: str | None
    differs: bool


@require_safe
@in_workspace(Verb.SEE)
def page(request: MemberRequest, version_id: str) -> HttpResponse:
    member, version = request.member, _find(request, version_id)
    rows = accounts_queries.versions(member.workspace_id, version.agent_id)
    others = [row for row in rows if row.id != version_id]
    earlier = next((row.id for row in others if row.first_seen_at <= version.row.first_seen_at), "")
    asked = request.GET.get("with", "") or earlier
    other = _find(request, asked) if asked in {row.id for row in others} else None
    labels = {version_id: version.row.bound_label}
    context = {
        "section": "settings",
        "version": version,
        "other": other,
        "others": [(row.id, row.bound_label or row.manifest_sha256[:12]) for row in others],
        "fields": fields(other.manifest if other else version.manifest, version.manifest),
        "standing": queries.standings(member.workspace_id, version.agent_name, labels)[version_id],
        "back_to": versions.fallback(member.workspace_id, version),
        "may_block": member.may(Verb.STOP),
        "may_release": member.may(Verb.RELEASE),
        "now": timezone.now(),
    }
    return render(request, "versions/page.html", context)


@require_POST
@in_workspace(Verb.STOP)
def block(request: MemberRequest, version_id: str) -> HttpResponse:
    try:
        stop = versions.block(
            actor=actor(request),
            at=timezone.now(),
            workspace_id=request.member.workspace_id,
            version_id=version_id,
            back_to=request.POST.get("back_to", ""),
            reason=request.POST.get("reason", ""),
        )
    except NotFound as error:
        raise Http404(error.detail) from error
    except BadRequest as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, f"Stopped: {stop.told}.")
    return redirect("version", request.member.workspace_slug, version_id)


def fields(before: dict[str, Any], after: dict[str, Any]) -> list[Field]:
    """Field by field, objects taken apart; what differs first."""
    old, new = _flat(before), _flat(after)
    rows = [Field(name, old.get(name), new.get(name), old.get(name) != new.get(name)) for name in sorted({*old, *new})]
    return sorted(rows, key=lambda row: not row.differs)


def _flat(tree: dict[str, Any], under: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in tree.items():
        if isinstance(value, dict) and value:
            found |= _flat(value, f"{under}{name}.")
        else:
            found[under + name] = value if isinstance(value, str) else orjson.dumps(value).decode()
    return found


def _find(request: MemberRequest, version_id: str) -> VersionView:
    found = accounts_queries.version(request.member.workspace_id, version_id)
    if found is None:
        raise Http404
    return found
