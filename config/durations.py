"""How long requests take, kept in this process, or in files that processes share (PROMETHEUS_MULTIPROC_DIR)."""

import time
from collections.abc import Callable
from functools import cache

from django.http import HttpRequest, HttpResponseBase
from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
METHODS = frozenset({"GET", "HEAD", "POST"})

# When a series began is a series more for each, and nothing that anybody reads.
_without: Callable[[], None] = disable_created_metrics
_without()
registry = CollectorRegistry(auto_describe=False)
REQUESTS = Histogram(
    "countersign_http_request_duration_seconds",
    "Whole requests by route; one that waits for a decision takes as long as it was asked to",
    ["method", "route", "status"],
    buckets=SECONDS,
    registry=registry,
)


def observe(request: HttpRequest, response: HttpResponseBase, began: float) -> None:
    """Counts one request that began at this `time.perf_counter()`. Labels are few: our routes, classes of status."""
    match = request.resolver_match
    method = request.method if request.method in METHODS else "other"
    route = match.route if match else "none"
    _series(method, route, response.status_code // 100).observe(time.perf_counter() - began)


@cache
def _series(method: str, route: str, kind: int) -> Histogram:
    return REQUESTS.labels(method, route, f"{kind}xx")
