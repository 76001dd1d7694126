"""Whatever is sent, the API answers with a documented status and shape, and never breaks."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.services import endpoints
from approvals.services import incidents, stops
from audit.actor import OPERATOR
from tests.cast import Stage
from tests.compliance.ordering import made
from tests.feedback.evaluating import gold, opened

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "10"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = [
    "submit",
    "list_actions",
    "submit_batch",
    "validate",
    "read_action",
    "review",
    "undo_review",
    "spend",
    "report_result",
    "withdraw",
    "answer_question",
    "list_policies",
    "read_policy",
    "check_policy",
    "propose_policy",
    "read_proposal",
    "start_backtest",
    "read_backtest",
    "read_event",
    "read_receipt",
    "read_checkpoint",
    "read_consistency",
    "metrics",
    "list_datasets",
    "read_dataset",
    "list_examples",
    "find_leaks",
    "whoami",
    "jwks",
]
OF_PEOPLE = [
    "list_stops",
    "pull_stop",
    "release_stop",
    "block_version",
    "list_incidents",
    "open_incident",
    "read_incident",
    "take_step",
    "note_incident",
    "close_incident",
    "list_runs",
    "open_run",
    "read_run",
    "add_answers",
    "close_run",
    "check_gate",
    "read_gate",
    "move_baseline",
    "read_readiness",
    "set_control",
    "read_confidence",
    "read_drift",
    "list_alerts",
    "list_gate_plans",
    "plan_gate",
    "end_gate_plan",
    "list_judges",
    "calibrate_judge",
    "list_outcomes",
    "tell_outcome",
]
OF_AUDITORS = [
    "list_events",
    "list_exports",
    "order_export",
    "read_export",
    "fetch_export",
    "cancel_export",
    "list_streams",
    "read_stream",
]
OF_CHECKERS = [
    "list_erasures",
    "request_erasure",
    "read_erasure",
    "agree_to_erasure",
    "decline_erasure",
    "list_holds",
    "place_hold",
    "ask_to_lift_hold",
    "lift_hold",
]

OF_ADMINS = ["list_webhooks", "read_webhook", "test_webhook"]


@pytest.fixture
def one_connection() -> Iterator[None]:
    """The requests run inside the test's own transaction, as Django's test client has it."""
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    yield
    signals.request_started.connect(close_old_connections)
    signals.request_finished.connect(close_old_connections)


@pytest.fixture
def operations(stage: Stage, one_connection: None) -> dict[str, Any]:
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", get_wsgi_application())
    found: list[Any] = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    return {operation.definition.raw["operationId"]: operation for operation in found}


def test_every_operation_is_pressed(operations: dict[str, Any]) -> None:
    assert sorted(operations) == sorted([*OPERATIONS, *OF_PEOPLE, *OF_AUDITORS, *OF_CHECKERS, *OF_ADMINS])


# These take nothing, so there is nothing to get wrong. What only people may is
# pressed by one who may: an agent's key is turned away before anything is read.
EMPTY = {
    "jwks",
    "list_stops",
    "read_readiness",
    "read_confidence",
    "read_drift",
    "list_alerts",
    "list_gate_plans",
    "list_judges",
    "list_streams",
    "list_webhooks",
}
PRESSED = [
    (name, mode, who)
    for names, people in (
        (OPERATIONS, ("otto", "ada", "cleo")),
        (OF_PEOPLE, ("ada",)),
        ([*OF_AUDITORS, *OF_CHECKERS], ("dana",)),
        (OF_ADMINS, ("eve",)),
    )
    for name in names
    for mode in GenerationMode
    for who in people
    if name not in EMPTY or mode.value != "negative"
]


@pytest.mark.parametrize(("name", "mode", "who"), PRESSED)
def test_nothing_breaks_it(
    stage: Stage, other: Stage, operations: dict[str, Any], name: str, who: str, mode: GenerationMode
) -> None:
    token = {"otto": stage.keys["otto"], **stage.tokens, **other.tokens}[who]
    operation = operations[name]
    cases = operation.as_strategy(mode)
    if "{action_id}" in operation.path:
        # Not over the test client, which puts the receivers back that `one_connection` has taken away.
        for known in (stage.submit().id, stage.review("ada", stage.submit()).id):
            cases |= operation.as_strategy(mode, path_parameters={"action_id": known})
    if "{export_id}" in operation.path:
        cases |= operation.as_strategy(mode, path_parameters={"export_id": made(stage, "integrity", "csv").id})
    given_ids: dict[str, Any] = {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id}
    if "{incident_id}" in operation.path:
        found = incidents.open_incident(title="x", severity="low", action_ids=[stage.submit().id], **given_ids)
        cases |= operation.as_strategy(mode, path_parameters={"incident_id": found.id})
    if "{stop_id}" in operation.path:
        stop = stops.pull(mode="pause", tool="crm.*", **given_ids)
        cases |= operation.as_strategy(mode, path_parameters={"stop_id": stop.id})
    if "{endpoint_id}" in operation.path:
        added = endpoints.add_endpoint(url="https://hooks.example/", kinds=["action.decided"], **given_ids)
        cases |= operation.as_strategy(mode, path_parameters={"endpoint_id": added.id})
    if "{run_id}" in operation.path:
        cases |= operation.as_strategy(mode, path_parameters={"run_id": opened(stage, gold(stage, 1)).id})

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def press(case: Case[Any]) -> None:
        wait = (case.query or {}).get("wait")
        if isinstance(wait, int) and wait > 0:
            case.query["wait"] = 0
        case.headers["Authorization"] = f"Bearer {token}"
        case.call_and_validate(checks=CHECKS)

    press()
