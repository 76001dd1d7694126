"""Another workspace's ids are not there: at no address, through no door."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django.fixtures import Settings

from accounts import services as accounts
from accounts.models import SlackIdentity, User
from accounts.services import endpoints
from approvals.services import incidents, stops
from audit.actor import OPERATOR
from audit.models import Event
from compliance.services import streaming
from console.models import SlackChannel
from console.services import slack
from feedback import services as feedback
from feedback.services import planning
from outbox.models import Message
from tests.agents_api.calling import Api, approved
from tests.audit.cosigning import cosign
from tests.audit.logging_events import keep, keeper
from tests.cast import Stage
from tests.feedback.evaluating import answered, gold, judged

BODIES: dict[str, Any] = {
    "reviews": {"verdict": "approve", "revision": 1, "digest": "sha256:" + "0" * 64},
    "undo": {},
    "spend": {"grant": "x"},
    "result": {"status": "failed"},
    "withdraw": {},
    "messages": {"text": "x"},
    "release": {"reason": "x"},
    "block": {},
    "steps": {"step": "deny_writes"},
    "notes": {"text": "x"},
    "close": {"text": "x"},
    "cancel": {},
    "agree": {},
    "decline": {},
    "ask": {},
    "lift": {},
    "items": {"items": [{"example": "x"}]},
    "leaks": {"prompts": ["x"]},
    "finish": {},
    "end": {},
    "test": {},
}
OF_PEOPLE = {"reviews", "undo", "release", "block", "steps", "notes", "close", "agree", "decline", "ask", "lift"}
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def routes(patterns: list[Any], head: str = "/") -> Iterator[str]:
    """Every route of the URL configuration that takes a parameter."""
    for pattern in patterns:
        route = head + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and _PARAMETER.search(route):
            yield route


ROUTES = list(routes(get_resolver().url_patterns))
LOGS = [route for route in ROUTES if route.startswith("/log/")]
API = [route for route in ROUTES if route.startswith("/api/v1/")]
PAGES = [route for route in ROUTES if route.startswith("/w/")]
WITH_IDS = [route for route in PAGES if len(_PARAMETER.findall(route)) > 1]


def test_every_route_with_a_parameter_is_looked_at_or_takes_a_one_time_link() -> None:
    assert sorted(set(ROUTES) - {*API, *LOGS, *PAGES}) == [
        "/invitations/<str:token>/",
        "/password/<str:user_id>/<str:token>/",
        "/setup/<str:token>/",
    ]
    assert [len(API), len(LOGS), len(WITH_IDS) > 20] == [37, 5, True]


@pytest.fixture(autouse=True)
def with_slack(settings: Settings) -> None:
    """Without it the pages of Slack are there for nobody."""
    settings.SLACK_SIGNING_SECRET = "secret"


@pytest.mark.parametrize("route", API)
def test_the_api_knows_nothing_of_demo_for_those_of_other(stage: Stage, other: Stage, route: str) -> None:
    _, action, _ = approved(stage)
    path = _path(stage, route.removeprefix("/api/v1"), "demo", action.id)
    _cleo(other)
    verb = route.rpartition("/")[2]
    of_people = verb in OF_PEOPLE or any(word in route for word in ("incident", "erasure", "webhook"))
    of_services = any(word in route for word in ("policies", "datasets", "evals", "/audit/"))
    own = _service(other) if of_services else _ida(other)
    askers = [Api(other.tokens["cleo"])] if of_people else [Api(own)]
    if verb not in BODIES:
        askers.append(Api(other.tokens["cleo"]))
    for asker in askers:
        answer = asker.post(path, BODIES[verb]) if verb in BODIES else asker.get(path)
        assert (answer.status, answer.problem.code) == (404, "not_found")


@pytest.mark.parametrize("route", LOGS)
def test_the_log_of_demo_is_not_there_for_those_of_other(
    stage: Stage, other: Stage, route: str, tmp_path: Path, settings: Settings
) -> None:
    _, action, _ = approved(stage)
    keep(keeper(tmp_path), stage.at)
    cosign(stage.id, stage.at, tmp_path, settings)
    path = _path(stage, route, "demo", action.id)
    seen = {}
    for who, scopes in ((stage, ["audit:read"]), (other, ["audit:read"]), (stage, ["policies:read"])):
        issued = accounts.issue_key(actor=OPERATOR, at=stage.at, workspace_id=who.id, name="x", scopes=scopes)
        answer = Client().get(path, headers={"Authorization": f"Bearer {issued.token}"})
        seen[who.slug, *scopes] = answer.status_code
    assert seen == {("demo", "audit:read"): 200, ("other", "audit:read"): 404, ("demo", "policies:read"): 403}
    assert Client().get(path).status_code == 401


@pytest.mark.parametrize("route", PAGES)
def test_no_page_of_demo_is_there_for_cleo(stage: Stage, other: Stage, route: str) -> None:
    _, action, _ = approved(stage)
    assert _press(_cleo(other), _path(stage, route, "demo", action.id)) == 404


@pytest.mark.parametrize("route", WITH_IDS)
def test_an_id_of_demo_is_not_there_on_the_pages_of_other(stage: Stage, other: Stage, route: str) -> None:
    _, action, _ = approved(stage)
    assert _press(_cleo(other), _path(stage, route, "other", action.id)) == 404


def _cleo(other: Stage) -> Client:
    """Cleo as an admin, so that no role stands in the way."""
    accounts.change_role(actor=OPERATOR, at=other.at, workspace_id=other.id, user_id=other.people["cleo"], role="admin")
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(pk=other.people["cleo"]))
    return client


def _press(client: Client, path: str) -> int:
    """By GET, or by POST where the page takes no GET."""
    status = client.get(path).status_code
    return status if status != 405 else client.post(path).status_code


def _troubles(stage: Stage, action_id: str) -> dict[str, str]:
    """A stop switch, an incident and a version of demo's own, beside the action."""
    given: dict[str, Any] = {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id}
    version = accounts.register_version(agent_id=stage.otto.agent_id, manifest={"model": "m"}, **given)
    return {
        "action_id": action_id,
        "stop_id": stops.pull(mode="force_approvals", tool="crm.*", **given).id,
        "incident_id": incidents.open_incident(title="x", severity="low", **given).id,
        "version_id": version.id,
    }


def _datasets(stage: Stage) -> dict[str, str]:
    """A dataset with a frozen version."""
    given: dict[str, Any] = {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id}
    dataset = feedback.create_dataset(name="d", recipe=None, **given)
    example = feedback.Given("g", [], [], [{"tool": "t", "args": {}}], [], "", {})
    feedback.add_examples(dataset_id=dataset.id, given=[example], **given)
    return {"dataset_id": dataset.id, "frozen_id": feedback.freeze(dataset_id=dataset.id, **given).id}


def _slack(stage: Stage) -> dict[str, str]:
    """A Slack workspace with a channel, and an account of Ben's in it."""
    given: dict[str, Any] = {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id, "team_id": "T00000001"}
    team = slack.install(bot_token="xoxb-1", bot_user_id="U00000001", **given)
    route = slack.route(channel_id="C0123456789", **given)
    accounts.link_slack(user_id=stage.people["ben"], slack_user_id="U00000002", **given)
    return {
        "team_id": team,
        "route_id": route,
        "channel_id": SlackChannel.everywhere.get().id,
        "identity_id": SlackIdentity.everywhere.get().id,
    }


def _evaluated(stage: Stage) -> dict[str, str]:
    """A run, a gate result and a scheduled gate of demo's own."""
    run = answered(stage, gold(stage, 1))
    plan = planning.plan_gate(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, dataset_id=run.dataset_id, agent_name="otto",
        spec={"name": "x"}, every="day", owner_id=stage.people["ada"],
    )  # fmt: skip
    return {"run_id": run.id, "gate_id": judged(stage, run, run).id, "plan_id": plan}


def _stream(stage: Stage) -> str:
    given: dict[str, Any] = {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id}
    return streaming.start_stream(url="https://siem.example.com/", form="jsonl", **given).id


def _webhook(stage: Stage) -> str:
    given: dict[str, Any] = {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id}
    return endpoints.add_endpoint(url="https://hooks.example.com/", kinds=["action.decided"], **given).id


def _path(stage: Stage, route: str, slug: str, action_id: str) -> str:
    known = {
        **_troubles(stage, action_id),
        **(_slack(stage) if "/slack/" in route else {}),
        **({"stream_id": _stream(stage)} if "/streams/" in route else {}),
        **({"endpoint_id": _webhook(stage)} if "/webhooks/" in route else {}),
        **(_evaluated(stage) if "/evals/" in route or "/evaluation/" in route else {}),
        "workspace": slug,
        "user_id": stage.people["ben"],
        "agent_id": stage.otto.agent_id,
        "key_id": stage.otto.key_id,
        "handle": "finance",
        "trace_id": "tr_1",
        "invitation_id": "inv_01m7wazxb0esgvqf5qdsgq3vw5",
        "view_id": "viw_01m7wazxb0esgvqf5qdsgq3vw5",
        "proposal_id": "prp_01m7wazxb0esgvqf5qdsgq3vw5",
        "job_id": "job_01m7wazxb0esgvqf5qdsgq3vw5",
        "grant_id": "sgr_01m7wazxb0esgvqf5qdsgq3vw5",
        "token_id": "tok_01m7wazxb0esgvqf5qdsgq3vw5",
        "passkey_id": "pky_01m7wazxb0esgvqf5qdsgq3vw5",
        "look_id": "rvw_01m7wazxb0esgvqf5qdsgq3vw5",
        "alert_id": "alr_01m7wazxb0esgvqf5qdsgq3vw5",
        "absence_id": "abs_01m7wazxb0esgvqf5qdsgq3vw5",
        "erasure_id": "ers_01m7wazxb0esgvqf5qdsgq3vw5",
        "hold_id": "hld_01m7wazxb0esgvqf5qdsgq3vw5",
        "session_id": "0" * 32,
        "export_id": "exp_01m7wazxb0esgvqf5qdsgq3vw5",
        "schedule_id": "exs_01m7wazxb0esgvqf5qdsgq3vw5",
        "event_id": Event.objects.filter(workspace_id=stage.id, action_id=action_id).values_list("id", flat=True)[0],
        "log_id": stage.id,
        "tile": "0/000.p/1",
        **(_datasets(stage) if "dataset" in route or "frozen_id" in route else {}),
        "message_id": str(Message.objects.filter(workspace_id=stage.id).order_by("id")[0].pk),
    }
    return _PARAMETER.sub(lambda found: known[found[1]], route)


def _service(other: Stage) -> str:
    """A service account of other with every scope that reads something of a workspace, or uploads runs."""
    scopes = ["policies:read", "policies:propose", "datasets:read", "evals:write", "audit:read"]
    issued = accounts.issue_key(actor=OPERATOR, at=other.at, workspace_id=other.id, name="CI", scopes=scopes)
    return issued.token


def _ida(other: Stage) -> str:
    """The key of other's own agent."""
    agent = accounts.create_agent(
        actor=OPERATOR, at=other.at, workspace_id=other.id, name="ida", owner_id=other.people["cleo"]
    )
    issued = accounts.issue_key(actor=OPERATOR, at=other.at, workspace_id=other.id, name="ida", agent_id=agent.id)
    return issued.token
