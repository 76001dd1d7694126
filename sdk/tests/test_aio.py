"""The async client: the same flows on an event loop."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from countersign import AlreadyExecuted, ApiProblem, AsyncCountersign, Rejected, Unreachable, WaitTimeout
from testkit.api import QUICK, FakeApi
from testkit.door import Fault


@pytest.fixture
async def aotto(api: FakeApi, journal: Path) -> AsyncIterator[AsyncCountersign]:
    async with AsyncCountersign(api.base_url, "csk_otto", retry=QUICK, journal=journal) as client:
        yield client


async def test_submit_wait_run_and_report(api: FakeApi, aotto: AsyncCountersign) -> None:
    action = await aotto.submit("billing.refund", {"amount_usd": 80}, trace_id="tr_9c12")
    asyncio.get_running_loop().call_later(0.1, api.decide, action.id)
    decision = await action.wait(timeout=20)

    async def refund(amount_usd: float) -> str:
        await asyncio.sleep(0)
        return f"refunded {amount_usd}"

    assert await decision.run(refund) == "refunded 80"
    assert (action.execution or {})["status"] == "succeeded"
    with pytest.raises(AlreadyExecuted):
        await action.execute(refund)


async def test_a_plain_function_runs_beside_the_loop(aotto: AsyncCountersign) -> None:
    action = await aotto.submit("crm.note", {"text": "Called."})
    assert await action.execute(lambda text: threading.current_thread()) is not threading.main_thread()


async def test_a_gate_takes_both_kinds_of_function(api: FakeApi, aotto: AsyncCountersign) -> None:
    @aotto.gate("billing.refund", summary="Refund {amount_usd} USD")
    async def refund(amount_usd: float) -> float:
        return amount_usd

    @aotto.gate("crm.note")
    def note(text: str) -> str:
        return text.upper()

    api.on_submit = lambda stored: api.decide(stored.id, args={"amount_usd": 40}) if stored.decision is None else None
    assert (await refund(80), await note("called")) == (40, "CALLED")
    assert api.sent("POST /actions")[0].body["summary"] == "Refund 80 USD"


async def test_two_hundred_agents_park_on_one_client(api: FakeApi, journal: Path) -> None:
    async with AsyncCountersign(api.base_url, "csk_otto", timeout=60, journal=journal) as aotto:
        actions = [await aotto.submit("billing.refund", {"amount_usd": n}) for n in range(200)]
        waits = [asyncio.create_task(action.wait(timeout=60)) for action in actions]
        await asyncio.sleep(0.5)
        for action in actions:
            api.decide(action.id)
        decisions = await asyncio.gather(*waits)
    assert [decision.tool_call.args["amount_usd"] for decision in decisions] == list(range(200))


async def test_failures_are_the_same(api: FakeApi, aotto: AsyncCountersign) -> None:
    action = await aotto.submit("billing.refund", {})
    with pytest.raises(WaitTimeout):
        await action.wait(timeout=0)
    api.decide(action.id, "rejected")
    with pytest.raises(Rejected):
        await action.wait()
    with pytest.raises(ApiProblem):
        await aotto.submit("nonsense", {})
    api.faults += [Fault("GET /whoami", drop=True)] * 500
    with pytest.raises(Unreachable):
        await aotto.whoami()


async def test_what_the_function_raises_is_reported(api: FakeApi, aotto: AsyncCountersign) -> None:
    async def fails(text: str) -> None:
        raise ValueError(text)

    action = await aotto.submit("crm.note", {"text": "Called."})
    with pytest.raises(ValueError, match=r"Called\."):
        await action.execute(fails)
    assert api.only().report["error"] == "ValueError: Called."


async def test_a_cancelled_execution_stays_begun(api: FakeApi, aotto: AsyncCountersign) -> None:
    running = asyncio.Event()

    async def hangs(text: str) -> None:
        running.set()
        await asyncio.sleep(60)

    action = await aotto.submit("crm.note", {"text": "Called."})
    task = asyncio.create_task(action.execute(hangs))
    await running.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [entry.phase for entry in aotto.journal.unfinished()] == ["started"]
    with pytest.raises(AlreadyExecuted):
        await action.execute(hangs)


async def test_the_other_verbs_answer(api: FakeApi, aotto: AsyncCountersign) -> None:
    assert (await aotto.whoami())["agent"]["name"] == "otto"
    assert (await aotto.validate("billing.refund", {})).compatible is True
    one, two = await aotto.batch([{"tool": "billing.refund", "args": {}}, {"tool": "nonsense", "args": {}}])
    assert (getattr(one, "state", None), getattr(two, "code", None)) == ("pending", "unknown_tool")
    page = await aotto.list(limit=1)
    (action,) = page.items
    api.ask(action.id, "Which charge?")
    assert (await action.refresh()).question["text"] == "Which charge?"
    assert (await action.answer("ch_1")).question is None
    api.quorum = 2
    voted = await aotto.review(await aotto.get(action.id), "approve", checks=["Seen."])
    assert (await aotto.undo(voted)).record.raw["needs"][0]["approvals"] == 0
    assert api.sent("POST /actions/act_1/reviews")[0].body["checks"] == ["Seen."]
    api.quorum = 1
    reviewed = await aotto.review(await aotto.get(action.id), "approve")
    assert (await aotto.spend(await aotto.resume(reviewed.id))).execution_key == "exe_act_1"
    assert ((await aotto.report(reviewed, "succeeded")).execution or {})["status"] == "succeeded"
    assert await aotto.report_unsent() == ()
    other = await aotto.submit("billing.refund", {})
    assert (await other.withdraw("No.")).state == "withdrawn"


def test_one_client_serves_several_loops(api: FakeApi, journal: Path) -> None:
    client = AsyncCountersign(api.base_url, "csk_otto", journal=journal)

    async def ask() -> str:
        try:
            return str((await client.whoami())["agent"]["name"])
        finally:
            await client.close()

    assert [asyncio.run(ask()) for _ in range(3)] == ["otto"] * 3
