"""The workspace's own numbers for Prometheus: for a service account with the scope, or a person who may see them."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from accounts.queries import Caller
from accounts.roles import Verb
from agents_api import asking, auth, describe, errors
from agents_api.auth import Who
from agents_api.door import Door
from agents_api.views import now
from approvals.services.boards import incidents, totals
from approvals.services.boards.totals import Totals

SCOPE = "metrics:read"
_EFFECTS = (("allow", "allowed"), ("deny", "denied"), ("stop", "stopped"), ("require_approval", "asked"))
_ENDS = ("approved", "edited", "rejected", "expired", "withdrawn")
_LEVELS = ("level1", "level2", "level3")


class Metrics(Door):
    @extend_schema(**describe.METRICS)
    def get(self, request: HttpRequest) -> HttpResponse:
        at = now()
        asking.words(request)
        found = who(request, at)
        body = exposition(totals.totals(found.workspace_id, at), found.workspace_slug, at)
        return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def who(request: HttpRequest, at: datetime) -> Who:
    found = auth.who(request, at)
    if isinstance(found, Caller):
        if SCOPE not in found.scopes:
            raise errors.forbidden("missing_scope", f"The key lacks the scope {SCOPE}. Make one that has it.")
    elif not found.may(Verb.SEE):
        raise errors.forbidden("wrong_role", f"Your role may not {Verb.SEE.label}. An admin can change it.")
    return found


def exposition(found: Totals, workspace: str, at: datetime) -> bytes:
    """The text format of Prometheus (prometheus.io/docs/instrumenting/exposition_formats), as its client writes it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(lambda: _families(found, workspace, at)))
    return generate_latest(registry)


class _Collected(Collector):
    def __init__(self, families: Callable[[], Iterable[Metric]]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families()


def _families(found: Totals, workspace: str, at: datetime) -> Iterator[Metric]:
    yield from _by_agent(found, workspace)
    yield from _of_people(found, workspace)
    yield from _now(found, workspace, at)
    yield from _of_incidents(found, workspace)


def _by_agent(found: Totals, workspace: str) -> Iterator[Metric]:
    actions = _counter("actions", "Actions proposed, by what the policy said", "agent", "effect")
    violations = _counter("violations", "Actions that tried what they may not", "agent")
    traced = _counter("traced_actions", "Actions that came with a complete trace", "agent")
    runs = _counter("executions", "Executions that told a result", "agent", "status")
    drifted = _counter("drifted_executions", "Executions with other arguments than approved", "agent")
    unknown = _gauge("executions_without_result", "Executions whose result never came", "agent")
    for agent, counts in found.ever.items():
        for effect, name in _EFFECTS:
            actions.add_metric([workspace, agent, effect], counts[name])
        for status in ("succeeded", "failed"):
            runs.add_metric([workspace, agent, status], counts[status])
        for family, name in ((violations, "violations"), (traced, "traced"), (drifted, "drifted")):
            family.add_metric([workspace, agent], counts[name])
        unknown.add_metric([workspace, agent], counts["unknown"])
    yield from (actions, violations, traced, runs, drifted, unknown)


def _of_people(found: Totals, workspace: str) -> Iterator[Metric]:
    everything = {name: sum(counts[name] for counts in found.ever.values()) for name in (*_ENDS, *_LEVELS)}
    ends = _counter("questions_ended", "Actions that people were asked about, by how they ended", "outcome")
    for name in _ENDS:
        ends.add_metric([workspace, name], everything[name])
    yield ends
    overridden = _counter("overrides", "Actions that people rejected or changed in substance")
    overridden.add_metric([workspace], sum(c["material"] + c["rejected"] for c in found.ever.values()))
    yield overridden
    late = _counter("late_decisions", "Actions decided or expired after their target")
    late.add_metric([workspace], sum(counts["late"] for counts in found.ever.values()))
    yield late
    levels = _counter("escalations", "Actions whose people of at least this level were told", "level")
    for n, name in enumerate(_LEVELS, start=1):
        levels.add_metric([workspace, str(n)], everything[name])
    yield levels
    took = HistogramMetricFamily(
        "countersign_decision_duration_seconds", "From asking to the decision of people", labels=["workspace"]
    )
    buckets = [(str(float(edge)), float(n)) for edge, n in found.decided_within]
    took.add_metric([workspace], [*buckets, ("+Inf", float(found.decided))], found.decided_seconds)
    yield took
    costs = _counter("task_cost", "Cost that agents told, in units of the currency", "currency")
    for currency, amount in sorted(found.costs.items()):
        costs.add_metric([workspace, currency], amount)
    yield costs


def _now(found: Totals, workspace: str, at: datetime) -> Iterator[Metric]:
    waiting = _gauge("actions_waiting", "Actions that wait, by the level whose people were told (-1: nobody)", "level")
    for level, n in sorted(found.waiting.items()):
        waiting.add_metric([workspace, str(level)], n)
    yield waiting
    tasks = _gauge("tasks", "Tasks of the last seven days, by how they stand", "outcome")
    for outcome, n in sorted(found.tasks.items()):
        tasks.add_metric([workspace, outcome], n)
    yield tasks
    counted = found.counted_at.timestamp() if found.counted_at else 0.0
    for name, told, value in (
        ("actions_waiting_late", "Actions that wait past their target", found.late),
        ("actions_without_agent", "Actions that wait whose agent has stopped listening", found.gone),
        ("oldest_waiting_action_seconds", "Age of the oldest that waits", totals.since(found.oldest_at, at)),
        ("numbers_counted_timestamp_seconds", "When these numbers were counted last", counted),
    ):
        gauge = _gauge(name, told)
        gauge.add_metric([workspace], value)
        yield gauge


def _of_incidents(found: Totals, workspace: str) -> Iterator[Metric]:
    board = found.incidents
    now_open = _gauge("incidents_open", "Incidents that are open", "kind", "severity")
    for row in board.open_kinds:
        for severity, n in zip(incidents.SEVERITIES, row.by_severity, strict=True):
            now_open.add_metric([workspace, row.kind, severity], n)
    yield now_open
    answer = _gauge("incident_answer_seconds", "Until somebody did something, of the last seven days", "quantile")
    for quantile, took in (("0.5", board.answered.p50), ("0.95", board.answered.p95)):
        if took is not None:
            answer.add_metric([workspace, quantile], took.total_seconds())
    yield answer


def _counter(name: str, told: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"countersign_{name}", told, labels=["workspace", *labels])


def _gauge(name: str, told: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"countersign_{name}", told, labels=["workspace", *labels])
