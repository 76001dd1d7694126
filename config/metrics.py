"""What operators watch: how long requests take, what is late, what is owed. /metrics, in the format of Prometheus.

It answers whoever shows COUNTERSIGN_METRICS_TOKEN, and is not there without one. Several processes on one machine share
their counts where PROMETHEUS_MULTIPROC_DIR names an empty directory (prometheus_client's own way); else each tells its
own.
"""

import hmac
import os
from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    GC_COLLECTOR,
    PLATFORM_COLLECTOR,
    PROCESS_COLLECTOR,
    CollectorRegistry,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from compliance.queries import streams
from config import durations, health
from outbox.queries import standing

SHARED = "PROMETHEUS_MULTIPROC_DIR"

_process = CollectorRegistry(auto_describe=False)
for _collector in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
    _process.register(_collector)


class Lateness(Collector):
    """What should have happened by now, as /readyz has it, and what the outbox owes."""

    def collect(self) -> Iterable[Metric]:
        late = health.late_now()
        seconds = GaugeMetricFamily("countersign_late_seconds", "Past the moment at which it was due", labels=["what"])
        limits = GaugeMetricFamily("countersign_late_limit_seconds", "Beyond this it is an alarm", labels=["what"])
        for name, found in late.items():
            if name != "within_limits":
                seconds.add_metric([name], found["seconds"])
                limits.add_metric([name], found["limit"])
        yield seconds
        yield limits
        yield GaugeMetricFamily("countersign_within_limits", "1 where nothing is late", value=late["within_limits"])
        owed = GaugeMetricFamily(
            "countersign_deliveries", "Rows of the outbox by outcome, counted up to 10000", labels=["sink", "outcome"]
        )
        for (sink, outcome), n in standing().items():
            owed.add_metric([sink, outcome], n)
        yield owed
        yield from _streams()


def _streams() -> Iterable[Metric]:
    """How far each stream of an audit log is behind it."""
    behind = GaugeMetricFamily("countersign_siem_behind_entries", "Entries still to be sent", labels=["stream"])
    late = GaugeMetricFamily("countersign_siem_late_seconds", "Age of the oldest of them", labels=["stream"])
    failing = GaugeMetricFamily("countersign_siem_failing", "1 where the last try failed", labels=["stream"])
    for view in streams.everywhere(at=timezone.now()):
        behind.add_metric([view.id], view.behind)
        late.add_metric([view.id], view.late_seconds)
        failing.add_metric([view.id], view.failing_since is not None)
    return behind, late, failing


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    token = settings.METRICS_TOKEN
    if not token:
        return HttpResponse(status=404)
    scheme, _, shown = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(shown.strip().encode(), token.encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Bearer realm="metrics"'})
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


def exposition() -> bytes:
    whole = CollectorRegistry(auto_describe=False)
    whole.register(Lateness())
    if os.environ.get(SHARED):
        MultiProcessCollector(whole)  # type: ignore[no-untyped-call]
        return generate_latest(whole)
    return b"".join(map(generate_latest, (durations.registry, _process, whole)))


urlpatterns = [path("metrics", metrics, name="metrics")]
