"""Facts and promises are made by the lifecycle and the services, so that no door can make one without a move."""

import pytest

from tests.architecture.source import Module, imports, parse, product, reaches

GUARDED = ("audit.record", "outbox.post")
MAY = ("approvals.lifecycle", "approvals.moves", "approvals.statements")


def may(module: Module) -> bool:
    return module.within(*MAY, *GUARDED) or module.name.split(".")[1:2] == ["services"]


def trespasses(module: Module) -> list[str]:
    if may(module):
        return []
    return [
        f"{module.path}:{line} imports {name}"
        for line, name in imports(module)
        if any(reaches(name, guarded) for guarded in GUARDED)
    ]


def test_only_the_lifecycle_and_the_services_record_and_post() -> None:
    assert [found for module in product() for found in trespasses(module)] == []


@pytest.mark.parametrize("name", ["console.web.action", "approvals.tasks", "outbox.delivering", "feedback.capture"])
@pytest.mark.parametrize(
    "line",
    [
        "import audit.record",
        "from audit import record",
        "from audit.record import record",
        "from outbox import post, wake",
    ],
)
def test_another_module_that_records_or_posts_is_noticed(name: str, line: str) -> None:
    assert len(trespasses(parse(name, line))) == 1


@pytest.mark.parametrize("name", ["approvals.lifecycle", "accounts.services", "approvals.services.review"])
def test_the_verbs_may(name: str) -> None:
    assert trespasses(parse(name, "from audit import record\nfrom outbox import post")) == []
