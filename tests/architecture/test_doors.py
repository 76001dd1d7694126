"""A door asks verbs and questions of the floors below; it never holds their rows."""

import pytest

from tests.architecture.source import APPS, Module, imports, parse, product, reaches

DOORS = ("agents_api", "console")
OPEN_TO_DOORS = {"services", "queries", "facts", "errors"}
# Pure values that travel through doors unchanged; docs/decisions/0010 says why.
ALSO = (
    "accounts.keys",
    "accounts.roles",
    "approvals.answers",
    "approvals.care",
    "approvals.digest",
    "approvals.envelope",
    "approvals.findings",
    "approvals.marks",
    "approvals.patch",
    "approvals.reach",
    "approvals.rights",
    "approvals.shapes",
    "approvals.states",
    "approvals.strict_json",
    "audit.actor",
    "outbox.types",
    "outbox.wake",
    "tenancy",
)


# The console has verbs of its own (Slack), which record and promise as those of every other app do.
FOR_ITS_SERVICES = ("audit.kinds", "audit.record", "outbox.post")


def allowed(module: Module, name: str) -> bool:
    app, _, rest = name.partition(".")
    if app not in APPS or app == module.app:
        return True
    if module.within("console.services") and any(reaches(name, also) for also in FOR_ITS_SERVICES):
        return True
    return rest.partition(".")[0] in OPEN_TO_DOORS or any(reaches(name, also) for also in ALSO)


def trespasses(module: Module) -> list[str]:
    return [f"{module.path}:{line} imports {name}" for line, name in imports(module) if not allowed(module, name)]


def test_doors_import_what_is_open_to_them() -> None:
    assert [found for module in product() if module.app in DOORS for found in trespasses(module)] == []


@pytest.mark.parametrize(
    "line",
    [
        "from approvals.models import Action",
        "from approvals import models",
        "import approvals.lifecycle",
        "from accounts.models.people import User",
        "from audit import record",
        "from outbox.post import post",
        "from agents_api import auth",
        "import config.settings",
    ],
)
def test_a_door_that_reaches_further_is_noticed(line: str) -> None:
    assert len(trespasses(parse("console.web.action", line))) == 1


@pytest.mark.parametrize(
    "line",
    [
        "from approvals import errors, facts, queries, services, strict_json",
        "from approvals.services.review import review",
        "from audit.actor import Actor",
        "from outbox import wake",
        "from tenancy import scope",
        "from console.models import SavedView",
        "from django.http import HttpRequest",
    ],
)
def test_the_way_in_is_open(line: str) -> None:
    assert trespasses(parse("console.web.action", line)) == []


def test_the_consoles_own_verbs_may_record_and_its_pages_may_not() -> None:
    line = "from audit.record import record"
    assert trespasses(parse("console.services.slack.routes", line)) == []
    assert len(trespasses(parse("console.slack.door", line))) == 1
