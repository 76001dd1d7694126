"""Settings: "send a test action" proposes a call as the agent would, so that there is something to decide."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.queries import AgentRow, Caller, Member, Verb
from approvals import envelope, services, strict_json
from approvals.answers import ActionView
from approvals.errors import ApprovalError
from console.web import agents
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import actor
from console.web.settings_forms import TestActionForm

BECAME = {
    "pending": "It waits for people.",
    "approved": "The policy let it through at once.",
    "rejected": "The policy refused it.",
}


@in_workspace(Verb.ADMINISTER)
@require_POST
def send(request: MemberRequest, agent_id: str) -> HttpResponse:
    agent = agents.find(request, agent_id)
    form = TestActionForm(request.POST, auto_id="test_%s")
    view = _submitted(request, agent, form) if form.is_valid() else None
    if view is None:
        return agents.draw(request, agent, status=422, test_form=form)
    messages.success(request, f"Sent as {agent.name}. {BECAME[view.state]}")
    return redirect("action", request.member.workspace_slug, view.id)


def _submitted(request: MemberRequest, agent: AgentRow, form: TestActionForm) -> ActionView | None:
    """The action, or None with the refusal beside the field that it is about."""
    try:
        args = strict_json.parse(form.cleaned_data["args"].encode())
        said = envelope.read(_tree(request.member, form.cleaned_data["tool"], args))
        return services.submit(
            actor=actor(request), at=timezone.now(), caller=_caller(request.member, agent), envelope=said
        )
    except strict_json.Refused as error:
        form.add_error("args", str(error))
    except ApprovalError as error:
        form.add_error(_field(error), error.detail)
    return None


def _field(error: ApprovalError) -> str | None:
    if not error.faults:
        return None
    return "tool" if error.faults[0].pointer == "/tool_call/name" else "args"


def _tree(member: Member, tool: str, args: Any) -> dict[str, Any]:
    # Asked on behalf of whoever pressed the button, so that they cannot approve it themselves.
    return {
        "tool_call": {"name": tool, "args": args},
        "summary": "A test action, sent from the settings.",
        "on_behalf_of": member.user_id,
        "metadata": {"test": True},
    }


def _caller(member: Member, agent: AgentRow) -> Caller:
    """The agent itself, without a key: the person at the console answers for the request."""
    return Caller(
        key_id="",
        workspace_id=member.workspace_id,
        workspace_slug=member.workspace_slug,
        agent_id=agent.id,
        agent_name=agent.name,
        owner_id=agent.owner_id,
        scopes=("actions:write",),
        expires_at=None,
    )
