"""The workspace's numbers for Prometheus, read as Prometheus reads them."""

import random
import re
from collections import Counter
from datetime import timedelta

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from accounts import services as accounts
from approvals.models import Action, Decision, Execution
from approvals.services import rollups
from approvals.services.boards import totals
from audit.actor import OPERATOR
from tests.agents_api.calling import Api, otto, person
from tests.approvals.rollups.days import live_through
from tests.architecture.source import ROOT
from tests.cast import Stage
from tests.questions import questions

Samples = dict[tuple[str, ...], float]


def watcher(stage: Stage, *scopes: str) -> Api:
    issued = accounts.issue_key(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, name="Prometheus", scopes=scopes or ("metrics:read",)
    )
    return Api(issued.token)


def scraped(api: Api) -> Samples:
    """By the sample's name and the values of its labels in the order of their names, but for the workspace."""
    reply = api.get("/metrics")
    assert (reply.status, reply.headers["Content-Type"].split(";")[0]) == (200, "text/plain")
    found = {}
    for family in text_string_to_metric_families(reply.body.decode()):
        for sample in family.samples:
            assert sample.labels["workspace"] == "demo"
            labels = [value for name, value in sorted(sample.labels.items()) if name != "workspace"]
            found[sample.name, *labels] = sample.value
    return found


def test_it_says_what_a_slow_count_says(stage: Stage) -> None:
    live_through(stage, random.Random(11), 40)
    rollups.count_all(at=stage.at)
    found = scraped(watcher(stage))
    actions = list(Action.everywhere.filter(workspace_id=stage.id))
    effects = Counter(action.policy["effect"] for action in actions)
    assert {key[2]: value for key, value in found.items() if key[0] == "countersign_actions_total"} == {
        "allow": effects["allow"],
        "deny": effects["deny"],
        "require_approval": effects["require_approval"],
        "stop": 0,
    }
    people = list(Decision.everywhere.filter(workspace_id=stage.id, source="people"))
    rejected = sum(made.outcome == "rejected" for made in people)
    assert found["countersign_questions_ended_total", "rejected"] == rejected
    statuses = Counter(Execution.everywhere.filter(workspace_id=stage.id).values_list("status", flat=True))
    assert found["countersign_executions_total", "otto", "succeeded"] == statuses["succeeded"]
    assert found["countersign_executions_total", "otto", "failed"] == statuses["failed"]
    waiting = sum(value for key, value in found.items() if key[0] == "countersign_actions_waiting")
    assert waiting == sum(action.state == "pending" for action in actions)


def test_the_histogram_of_decisions_is_exact_at_its_edges(stage: Stage) -> None:
    live_through(stage, random.Random(12), 40)
    rollups.count_all(at=stage.at)
    found = scraped(watcher(stage))
    took = [
        (made.decided_at - made.action.created_at).total_seconds()
        for made in Decision.everywhere.filter(workspace_id=stage.id, source="people").select_related("action")
    ]
    name = "countersign_decision_duration_seconds"
    for edge in totals.EDGES:
        assert found[f"{name}_bucket", str(float(edge))] == sum(seconds <= edge for seconds in took)
    assert found[f"{name}_bucket", "+Inf"] == found[f"{name}_count",] == len(took)
    assert abs(found[f"{name}_sum",] - sum(took)) < 0.001 * len(took)


def test_counters_never_fall(stage: Stage) -> None:
    api, before = watcher(stage), Samples()
    for seed in range(3):
        live_through(stage, random.Random(seed), 8, days=0.2)
        rollups.count_all(at=stage.at)
        after = scraped(api)
        assert [key for key, value in before.items() if key[0].endswith("_total") and after[key] < value] == []
        before = after


def test_who_may_read_it(stage: Stage) -> None:
    assert watcher(stage, "policies:read").get("/metrics").problem.code == "missing_scope"
    assert otto(stage).get("/metrics").problem.code == "missing_scope"
    assert person(stage, "vera").get("/metrics").status == 200
    assert Api("").get("/metrics").status == 401
    assert watcher(stage).get("/metrics?range=7d").faults == [("/range", "unknown_parameter")]


def test_another_workspace_has_its_own(stage: Stage, other: Stage) -> None:
    stage.submit()
    rollups.count_all(at=stage.at)
    reply = Api(other.tokens["cleo"]).get("/metrics")
    assert (reply.status, b"otto" in reply.body, b'workspace="demo"' in reply.body) == (200, False, False)


def test_it_costs_the_same_with_much_and_with_little(stage: Stage) -> None:
    api, counts = watcher(stage), []
    for n in (5, 15):
        live_through(stage, random.Random(n), n)
        rollups.count_all(at=stage.at + timedelta(seconds=n))
        api.get("/metrics")
        with questions() as asked:
            api.get("/metrics")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 20


def test_agents_beyond_the_limit_are_counted_together(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totals, "AGENTS_MAX", 0)
    stage.submit()
    rollups.count_all(at=stage.at)
    assert scraped(watcher(stage))["countersign_actions_total", totals.OTHERS, "require_approval"] == 1


def test_the_operators_guide_knows_every_metric(stage: Stage, settings: Settings) -> None:
    settings.METRICS_TOKEN = "a token"
    stage.submit()
    rollups.count_all(at=stage.at)
    installation = Client().get("/metrics", headers={"Authorization": "Bearer a token"}).content
    told = set()
    for body in (watcher(stage).get("/metrics").body, installation):
        for family in text_string_to_metric_families(body.decode()):
            told.add(f"{family.name}_total" if family.type == "counter" else family.name)
    section = (ROOT / "docs" / "operators.md").read_text().partition("## Metrics")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(countersign_\w+)`", section))
    assert {name for name in told if name.startswith("countersign_")} == named
