"""Settings: agents, who answers for them, their keys and their versions."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts import queries, services
from accounts.queries import AgentRow, Verb
from approvals import queries as of_actions
from approvals.services import agents_work, standing
from console.web import readiness
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import actor, pressed, sent, tried
from console.web.settings_forms import AgentForm, LifetimeForm, TestActionForm


@in_workspace(Verb.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MemberRequest) -> HttpResponse:
    now, workspace_id = timezone.now(), request.member.workspace_id
    people = queries.choices(workspace_id)
    form = AgentForm(sent(request), people=people, auto_id="agent_%s", initial={"owner": request.member.user_id})
    if form.is_valid():
        create = partial(services.create_agent, actor=actor(request), at=now, workspace_id=workspace_id)
        said = form.cleaned_data
        agent = tried(form, lambda: create(name=said["name"], owner_id=said["owner"]))
        if agent:
            messages.success(request, "The agent is there. Issue a key for it.")
            return redirect("agent", request.member.workspace_slug, agent.id)
    agents = queries.agents(workspace_id, now, after=request.GET.get("after", ""))
    last = agents[-1].name if len(agents) == queries.PAGE else ""
    work = agents_work.open_work(workspace_id, now)
    leashes = agents_work.leashes(workspace_id, [row.name for row in agents])
    context = {
        "section": "settings",
        "form": form,
        "agents": [(row, work.get(row.id), leashes[row.name]) for row in agents],
        "next": last,
        "now": now,
    }
    return render(request, "settings/agents.html", context, status=422 if form.is_bound else 200)


@in_workspace(Verb.ADMINISTER)
def agent(request: MemberRequest, agent_id: str) -> HttpResponse:
    return draw(request, find(request, agent_id))


def find(request: MemberRequest, agent_id: str) -> AgentRow:
    found = queries.agent(request.member.workspace_id, agent_id, timezone.now())
    if found is None:
        raise Http404
    return found


def draw(request: MemberRequest, agent: AgentRow, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The agent's page, with a form that was refused in place of an empty one."""
    now, workspace_id = timezone.now(), request.member.workspace_id
    versions = queries.versions(workspace_id, agent.id, after=request.GET.get("after", ""))
    standings = of_actions.standings(workspace_id, agent.name, {row.id: row.bound_label for row in versions})
    context = {
        "section": "settings",
        "agent": agent,
        "keys": [(key, key.is_live(now)) for key in queries.keys_of(workspace_id, agent_id=agent.id)],
        "versions": versions,
        "standings": {version_id: standing.state for version_id, standing in standings.items()},
        "waiting": agents_work.waiting_of(workspace_id, agent.id, now),
        "leash": agents_work.leash(workspace_id, agent.name),
        "controls": readiness.of_agent(workspace_id, agent.id, now),
        "grants": standing.live_grants(workspace_id, agent.id, now),
        "next": versions[-1].id if len(versions) == queries.PAGE else "",
        "choices": queries.choices(workspace_id),
        "key_form": LifetimeForm(auto_id="key_%s", initial={"name": agent.name}),
        "test_form": TestActionForm(auto_id="test_%s"),
        "now": now,
        **forms,
    }
    return render(request, "settings/agent.html", context, status=status)


@in_workspace(Verb.ADMINISTER)
@require_POST
def change_owner(request: MemberRequest, agent_id: str) -> HttpResponse:
    change = partial(services.change_owner, agent_id=agent_id, owner_id=request.POST.get("owner", ""))
    return pressed(
        request, change, "The agent has a new owner, who may not approve what it asks for.", "agent", agent_id
    )


@in_workspace(Verb.ADMINISTER)
@require_POST
def disable(request: MemberRequest, agent_id: str) -> HttpResponse:
    switch_off = partial(services.disable_agent, agent_id=agent_id)
    return pressed(request, switch_off, "The agent is disabled: none of its keys works.", "agent", agent_id)


@in_workspace(Verb.ADMINISTER)
@require_POST
def enable(request: MemberRequest, agent_id: str) -> HttpResponse:
    switch_on = partial(services.enable_agent, agent_id=agent_id)
    return pressed(request, switch_on, "The agent may ask again.", "agent", agent_id)


@in_workspace(Verb.ADMINISTER)
@require_POST
def bind_label(request: MemberRequest, agent_id: str, version_id: str) -> HttpResponse:
    find(request, agent_id)
    bind = partial(services.bind_label, version_id=version_id, label=request.POST.get("label", ""))
    return pressed(request, bind, "The label is bound to this version.", "agent", agent_id)
