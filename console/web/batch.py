"""Deciding together what is alike: the same tool under the same rule, low risk, each shown as it differs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.queries import Member
from accounts.roles import Verb
from approvals import facts, queries, rights, services
from approvals.answers import ActionView
from approvals.errors import ApprovalError, NotFound
from approvals.queries import InboxFilter
from approvals.services import claims, counting
from console.web import answering, showing
from console.web.access import MemberRequest, in_workspace
from console.web.filters import Asked
from console.web.forms import BATCH_MAX, BatchForm
from console.web.showing import Change
from feedback.queries import reasons_offered


@dataclass(frozen=True, slots=True)
class Item:
    """One action of the batch. `changes` lead from the first one's arguments to its own; `seen` is what is shown."""

    view: ActionView
    changes: list[Change]
    seen: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item: `told` is one sentence, `done` whether the vote counted."""

    view: ActionView | None
    action_id: str
    done: bool
    told: str


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace(Verb.SEE)
def page(request: MemberRequest, action_id: str) -> HttpResponse:
    """What is like this action and waits for this person; by POST, one vote on each of those that were ticked."""
    now = timezone.now()
    first = showing.find(request.member, action_id)
    form = BatchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        results = [_vote(request, first, seen, form, now) for seen in form.cleaned_data["items"]]
        done = sum(result.done for result in results)
        context = {
            "results": results,
            "done": done,
            "missed": len(results) - done,
            "verdict": form.cleaned_data["verdict"],
        }
        return _render(request, "queue/alike_done.html", context)
    items, more = alike(request.member, first, now)
    context = {
        "first": first,
        "action": items[0].view if items else first,
        "items": items,
        "more": more,
        **(showing.of_facts(facts.of(first), first) if items else {}),
        "form": form,
        "reasons": reasons_offered(),
    }
    return _render(request, "queue/alike.html", context, 422 if form.errors else 200)


def alike(member: Member, first: ActionView, now: datetime) -> tuple[list[Item], bool]:
    """The first and up to `BATCH_MAX` in all that can be decided with it by this person, and whether more wait.

    What hides characters is left out: it has to be looked at by itself.
    """
    if not showing.is_plain(first):
        return [], False
    found = queries.inbox(member.workspace_id, filters=_like(first, member, now), after=None, limit=2 * BATCH_MAX)
    others = [view for view in counting.counted_each(found) if view.id != first.id]
    fitting = [view for view in (first, *others) if not why_not(view, first, member)]
    held = claims.held(member.workspace_id, [first.id], now)
    if showing.by_another(held.get(first.id), member) or not fitting or fitting[0].id != first.id:
        return [], False
    return [_item(view, first) for view in fitting[:BATCH_MAX]], len(fitting) > BATCH_MAX


def why_not(view: ActionView, first: ActionView, member: Member) -> str:
    """Why this one cannot be decided together with the first; "" where it can."""
    refused = rights.refusal(view, member, "approve")
    if refused:
        return refused.detail
    same = (view.tool, view.policy_version_id, view.policy.get("rule")) == (
        first.tool,
        first.policy_version_id,
        first.policy.get("rule"),
    )
    if view.terms["step_up"] or view.terms["checks"] or view.terms.get("evidence"):
        return "The rule asks for more than a vote here. Look at it by itself."
    if not showing.is_plain(view) or not same:
        return "It is not like the others. Look at it by itself."
    drawn = [showing.shown(argument) for argument in facts.of(view).arguments]
    if any(argument.notes for argument in drawn):
        return "Its arguments hide or disguise characters. Look at it by itself."
    return ""


def _like(first: ActionView, member: Member, now: datetime) -> InboxFilter:
    return InboxFilter(
        tool=first.tool,
        risk=first.risk,
        policy_version_id=first.policy_version_id,
        rule=first.policy.get("rule") or "",
        inspectable=True,
        at=now,
        free_for=member.user_id,
    )


def _item(view: ActionView, first: ActionView) -> Item:
    seen = f"{view.id}~{view.revision}~{view.digest.hex()}"
    return Item(view, showing.changes(first.args, view.args) if view.id != first.id else [], seen)


def _vote(
    request: MemberRequest, first: ActionView, seen: tuple[str, int, bytes], form: BatchForm, now: datetime
) -> Result:
    """One vote, bound to the revision and digest that the page showed of this item."""
    action_id, revision, digest = seen
    member = request.member
    try:
        view = counting.counted(queries.find(member.workspace_id, action_id, envelope=True))
    except NotFound as error:
        return Result(None, action_id, done=False, told=error.detail)
    held = claims.held(member.workspace_id, [view.id], now).get(view.id)
    refused = why_not(view, first, member)
    if not refused and held and showing.by_another(held, member):
        refused = f"{held.name} has claimed it. Look at it by itself."
    if refused:
        return Result(view, action_id, done=False, told=refused)
    said: dict[str, Any] = {name: form.cleaned_data[name] for name in ("reason_code", "comment")}
    try:
        after = services.review(
            actor=answering.actor(request),
            at=timezone.now(),
            member=member,
            action_id=action_id,
            revision=revision,
            digest=digest,
            verdict=form.cleaned_data["verdict"],
            **said,
        )
    except ApprovalError as error:
        return Result(view, action_id, done=False, told=error.detail)
    return Result(after, action_id, done=True, told=answering.outcome(after, form.cleaned_data["verdict"]))


def _render(request: MemberRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    query = Asked.read(request.GET).suffix
    return render(request, name, {"section": "queue", "query": query, **context}, status=status)
