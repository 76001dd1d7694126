"""Flows against a running product. Whoever collects them gives a fixture `server` (a LiveServer):

from testkit.live import *  # and a fixture `server` beside it
"""

# these are tests; they live here so that more than one suite can collect them
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import httpx
import pytest

from countersign import (
    Action,
    AlreadyExecuted,
    ApiProblem,
    AsyncCountersign,
    Countersign,
    GrantRefused,
    OutcomeUnknown,
    Rejected,
    Withdrawn,
)
from countersign.grants import verify_grant

__all__ = [
    "test_a_gated_call_runs_with_the_arguments_that_ada_signed",
    "test_a_grant_is_verified_offline_against_the_published_keys",
    "test_a_key_of_an_agent_cannot_review",
    "test_a_rejection_reaches_otto_with_ada_s_words",
    "test_a_vote_is_taken_back_while_the_action_waits",
    "test_a_withdrawn_action_is_final",
    "test_after_a_restart_a_begun_action_is_reported_unknown_and_never_runs",
    "test_an_edit_is_what_runs_and_what_is_reported",
    "test_one_grant_is_spent_by_one_of_two_machines",
    "test_the_async_client_waits_and_runs",
    "test_validate_and_whoami_answer",
]

REFUND = "billing.refund"
READS_SECONDS = 6


@dataclass(frozen=True, slots=True)
class LiveServer:
    """A running product with its demo data; `folder` holds the journals of the test."""

    base_url: str
    demo: dict[str, Any]
    folder: Path

    @classmethod
    def from_environment(cls, folder: Path) -> "LiveServer":
        """COUNTERSIGN_URL, and COUNTERSIGN_DEMO_JSON: the path of the file that `manage.py up --demo` writes."""
        demo = json.loads(Path(os.environ["COUNTERSIGN_DEMO_JSON"]).read_text())
        return cls(os.environ["COUNTERSIGN_URL"], demo, folder)

    @property
    def otto_key(self) -> str:
        return str(self.demo["agents"]["otto"]["key"])

    def otto(self, journal: str = "otto.jsonl") -> Countersign:
        return Countersign(self.base_url, self.otto_key, journal=self.folder / journal)

    def person(self, name: str) -> Countersign:
        token = str(self.demo["people"][name]["token"])
        return Countersign(self.base_url, token, journal=self.folder / f"{name}.jsonl")

    def refund(self, amount: float) -> dict[str, Any]:
        """Fresh arguments that the demo policy shows to people: amounts over 50."""
        return {"customer_id": f"cus_{uuid4().hex[:8]}", "amount_usd": amount}


def reviewed(server: LiveServer, action_id: str, verdict: Any, **said: Any) -> Action:
    """Ada opens it, reads as long as the policy wants, and votes."""
    with server.person("ada") as ada:
        shown = ada.get(action_id)
        for _ in range(READS_SECONDS):
            try:
                return ada.review(shown, verdict, **said)
            except ApiProblem as refused:
                if refused.code != "too_soon":
                    raise
            time.sleep(1)
        return ada.review(shown, verdict, **said)


def in_background(work: Callable[[], Any]) -> Thread:
    thread = Thread(target=work)
    thread.start()
    return thread


def test_a_gated_call_runs_with_the_arguments_that_ada_signed(server: LiveServer) -> None:
    ran: list[tuple[str, float]] = []
    with server.otto() as otto:

        @otto.gate(REFUND, summary="Refund {amount_usd} USD to {customer_id}", timeout=60)
        def refund(customer_id: str, amount_usd: float) -> str:
            ran.append((customer_id, amount_usd))
            return "re_1"

        args = server.refund(80)

        def approve() -> None:
            with server.person("ada") as ada:
                while not (mine := [a for a in ada.list(state="pending").items if a.tool_call.args == args]):
                    time.sleep(0.1)
            reviewed(server, mine[0].id, "approve")

        ada = in_background(approve)
        answer = refund(args["customer_id"], amount_usd=80)
        ada.join()
    assert (answer, ran) == ("re_1", [(args["customer_id"], 80)])


def test_an_edit_is_what_runs_and_what_is_reported(server: LiveServer) -> None:
    args = server.refund(80)
    ran: list[dict[str, Any]] = []
    with server.otto() as otto:
        action = otto.submit(REFUND, args, trace_id="tr_live")
        edited = args | {"amount_usd": 60}
        reviewed(server, action.id, "approve", args=edited, reason_code="amount_too_high", comment="Cap is 60.")
        decision = action.wait(timeout=30)
        decision.run(lambda **given: ran.append(given))
        action.refresh()
    assert (decision.edited, decision.tool_call.args, ran, action.trace_id) == (True, edited, [edited], "tr_live")
    assert action.execution is not None
    assert action.execution["status"] == "succeeded"


def test_a_vote_is_taken_back_while_the_action_waits(server: LiveServer) -> None:
    with server.otto() as otto, server.person("ada") as ada:
        action = otto.submit(REFUND, server.refund(900))
        voted = reviewed(server, action.id, "approve")
        undone = ada.undo(ada.get(action.id))
        with pytest.raises(ApiProblem) as refused:
            ada.undo(undone)
    counts = [sum(need["approvals"] for need in seen.record.raw["needs"]) for seen in (voted, undone)]
    assert (counts, undone.state, refused.value.code) == ([1, 0], "pending", "nothing_to_undo")


def test_a_rejection_reaches_otto_with_ada_s_words(server: LiveServer) -> None:
    with server.otto() as otto:
        action = otto.submit(REFUND, server.refund(80))
        reviewed(server, action.id, "reject", reason_code="amount_too_high", comment="Ask the customer first.")
        with pytest.raises(Rejected, match="Ask the customer first"):
            action.wait(timeout=30)


def test_a_withdrawn_action_is_final(server: LiveServer) -> None:
    with server.otto() as otto:
        action = otto.submit(REFUND, server.refund(80)).withdraw("The customer called back.")
        with pytest.raises(Withdrawn):
            action.wait(timeout=30)
        with pytest.raises(ApiProblem) as again:
            action.withdraw("Twice.")
    assert again.value.status == 409


def test_one_grant_is_spent_by_one_of_two_machines(server: LiveServer) -> None:
    with server.otto("one.jsonl") as one, server.otto("two.jsonl") as two:
        first = one.submit(REFUND, server.refund(80))
        reviewed(server, first.id, "approve")
        first.wait(timeout=30)
        second = two.resume(first.id)
        second.wait(timeout=30)
        assert first.execute(lambda **given: "done") == "done"
        with pytest.raises((GrantRefused, AlreadyExecuted)):
            second.execute(lambda **given: pytest.fail("ran twice"))


def test_after_a_restart_a_begun_action_is_reported_unknown_and_never_runs(server: LiveServer) -> None:
    with server.otto() as otto:
        action = otto.submit(REFUND, server.refund(80))
        reviewed(server, action.id, "approve")
        action.wait(timeout=30)
        permit = otto.spend(action)
        assert otto.journal.start(action.id, permit.execution_key)
    with server.otto() as restarted:
        with pytest.raises(OutcomeUnknown):
            restarted.resume(action.id)
        shown = restarted.get(action.id)
        with pytest.raises(AlreadyExecuted):
            shown.execute(lambda **given: pytest.fail("ran after a restart"))
    assert shown.execution is not None
    assert shown.execution["status"] == "unknown"


def test_a_grant_is_verified_offline_against_the_published_keys(server: LiveServer) -> None:
    args = server.refund(80.5)
    jwks = httpx.get(f"{server.base_url}/.well-known/jwks.json").json()
    with server.otto() as otto:
        action = otto.submit(REFUND, args)
        reviewed(server, action.id, "approve")
        grant = action.wait(timeout=30).grant or ""
        agent = action.record.raw["agent"]["id"]
    claims = verify_grant(grant, jwks, agent, args, tool=REFUND, action_id=action.id)
    assert (claims.sub, claims.rev) == (action.id, 1)
    with pytest.raises(GrantRefused) as refused:
        verify_grant(grant, jwks, agent, args | {"amount_usd": 8000})
    assert refused.value.code == "wrong_arguments"


def test_a_key_of_an_agent_cannot_review(server: LiveServer) -> None:
    with server.otto() as otto:
        action = otto.submit(REFUND, server.refund(80))
        with pytest.raises(ApiProblem) as refused:
            otto.review(action, "approve")
    assert refused.value.status == 403


async def test_the_async_client_waits_and_runs(server: LiveServer) -> None:
    args = server.refund(80)
    async with AsyncCountersign(server.base_url, server.otto_key, journal=server.folder / "aio.jsonl") as otto:
        action = await otto.submit(REFUND, args)
        thread = in_background(lambda: reviewed(server, action.id, "approve"))

        async def refund(customer_id: str, amount_usd: float) -> tuple[str, float]:
            return customer_id, amount_usd

        assert await action.execute(refund, timeout=60) == (args["customer_id"], 80)
        thread.join()


def test_validate_and_whoami_answer(server: LiveServer) -> None:
    with server.otto() as otto:
        assert otto.validate(REFUND, server.refund(80)).compatible is True
        assert otto.whoami()["agent"]["name"] == "otto"
