"""Over REST nobody approves what wants a passkey or opened evidence: the refusal says which, and where it is done."""

import pytest

from tests.agents_api.calling import otto, person
from tests.approvals.test_evidence import BIG, SENT, WANTED
from tests.approvals.test_step_up import SIGNED
from tests.cast import Stage, use_policy


def test_a_passkey_is_asked_for_in_the_console(stage: Stage) -> None:
    use_policy(stage, SIGNED)
    action = otto(stage).submit().action
    ada = person(stage, "ada")
    answer = ada.review(action)
    assert (answer.status, answer.problem.code) == (403, "step_up_required")
    assert f"Approve it in the console: http://127.0.0.1:8000/w/demo/actions/{action.id}" in answer.problem.detail
    assert ada.get(f"/actions/{action.id}").action.state == "pending"
    assert ada.review(action, "reject").action.state == "rejected"


@pytest.mark.parametrize("field", ["assertion", "passkey"])
def test_a_signature_is_not_taken_over_rest(stage: Stage, field: str) -> None:
    use_policy(stage, SIGNED)
    action = otto(stage).submit().action
    assert person(stage, "ada").review(action, **{field: "{}"}).status == 422


def test_evidence_is_opened_in_the_console(stage: Stage) -> None:
    use_policy(stage, WANTED)
    call = {"name": "billing.refund", "args": BIG}
    action = otto(stage).submit({"tool_call": call, "evidence": SENT}).action
    answer = person(stage, "ada").review(action)
    assert (answer.status, answer.problem.code) == (403, "evidence_required")
    assert [(fault.pointer, fault.detail) for fault in answer.problem.errors] == [
        ("/evidence", "Open: Argument note"),
        ("/evidence", "Open: Evidence 1: Ticket 81"),
        ("/evidence", "Open: Evidence 2: Invoice"),
    ]
