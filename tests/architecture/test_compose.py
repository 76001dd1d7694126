"""docker-compose.yml names the parts of one machine, fixed images, and how each tells that it is well."""

from typing import Any

import yaml
from django.conf import settings

from config import metrics
from tests.architecture.settings import variables
from tests.architecture.source import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_the_parts_of_one_machine_are_there() -> None:
    assert set(SERVICES) == {"postgres", "redis", "migrate", "web", "api", "worker", "bulk", "pulse"}


def test_every_image_has_a_version() -> None:
    images = {service.get("image", "countersign:local") for service in SERVICES.values()}
    assert [image for image in images if ":" not in image or image.endswith(":latest")] == []


def test_whoever_needs_the_tables_waits_for_them() -> None:
    waiting = {name for name, service in SERVICES.items() if "migrate" in service.get("depends_on", {})}
    assert waiting == {"web", "api", "worker", "bulk", "pulse"}
    assert {SERVICES[name]["depends_on"]["migrate"]["condition"] for name in waiting} == {
        "service_completed_successfully"
    }


def test_every_queue_has_a_worker() -> None:
    commands = [SERVICES[name]["command"] for name in ("worker", "bulk")]
    taken = [name for command in commands for name in command[command.index("--queues") + 1].split(",")]
    assert sorted(taken) == sorted(queue.name for queue in settings.CELERY_TASK_QUEUES)


def test_every_server_says_whether_it_is_well() -> None:
    silent = {name for name, service in SERVICES.items() if "healthcheck" not in service}
    assert silent == {"migrate", "worker", "bulk", "pulse"}


def test_no_secret_stands_in_the_file() -> None:
    words = ("KEY", "PASSWORD", "PEPPER", "SECRET")
    environments = [service.get("environment", {}) for service in SERVICES.values()]
    secrets = [str(value) for given in environments for name, value in given.items() if any(w in name for w in words)]
    assert len(secrets) > 10
    assert [value for value in secrets if not value.startswith("${")] == []


def test_every_setting_it_gives_is_read() -> None:
    given = {name for service in SERVICES.values() if "build" in service for name in service["environment"]}
    read = variables((ROOT / "config" / "settings.py").read_text()) | {metrics.SHARED}
    assert given - read == set()


def test_workers_of_one_server_share_what_they_measure() -> None:
    shared = {
        name: service["environment"].get(metrics.SHARED)
        for name, service in SERVICES.items()
        if any(word.startswith("--workers") for word in service.get("command", []))
    }
    assert shared == {"api": "/run/metrics"}
    # In memory, so that each start finds it empty, and of whoever the image runs as.
    (mounted,) = SERVICES["api"]["tmpfs"]
    assert mounted == "/run/metrics:uid=10001,mode=0700"
    assert "--uid 10001" in (ROOT / "Dockerfile").read_text()
