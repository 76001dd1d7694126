"""Gated functions: their arguments by name, the approved ones coming back."""

from typing import Any

import pytest

from countersign import Countersign, Rejected, UnfitArguments, Unreachable, UnsafeArguments, WaitTimeout
from testkit.api import FakeApi
from testkit.door import Fault


def test_positional_arguments_and_defaults_are_shown_by_name(api: FakeApi, otto: Countersign) -> None:
    @otto.gate("crm.note", summary="Note {text!r} on {customer_id}", trace_id="tr_9c12")
    def note(customer_id: str, text: str = "Called.", *, pinned: bool = False) -> str:
        return f"{customer_id}: {text} {pinned}"

    assert note("cus_123") == "cus_123: Called. False"
    assert api.sent("POST /actions")[0].body == {
        "tool_call": {"name": "crm.note", "args": {"customer_id": "cus_123", "text": "Called.", "pinned": False}},
        "summary": "Note 'Called.' on cus_123",
        "trace_id": "tr_9c12",
    }


def test_the_function_gets_what_ada_signed(api: FakeApi, otto: Countersign) -> None:
    refunds: list[tuple[str, float]] = []

    @otto.gate("billing.refund", timeout=20, on_question=lambda record: "ch_1")
    def refund(customer_id: str, amount_usd: float) -> float:
        refunds.append((customer_id, amount_usd))
        return amount_usd

    api.on_submit = lambda stored: api.decide(stored.id, args={"customer_id": "cus_123", "amount_usd": 40})
    assert refund("cus_123", 80) == 40
    assert refunds == [("cus_123", 40)]
    assert api.only().report["executed_args"] == {"customer_id": "cus_123", "amount_usd": 40}


def test_positional_only_and_free_keywords_come_back(otto: Countersign) -> None:
    @otto.gate("crm.note")
    def note(text: str, /, **more: Any) -> tuple[str, dict[str, Any]]:
        return text, more

    assert note("Called.", tag="x") == ("Called.", {"tag": "x"})


def test_an_omitted_parameter_is_not_shown_and_not_changed(api: FakeApi, otto: Countersign) -> None:
    class Crm:
        name = "crm"

        @otto.gate("crm.note", omit=["self"])
        def note(self, text: str) -> str:
            return f"{self.name}: {text}"

    assert Crm().note("Called.") == "crm: Called."
    assert api.only().call["args"] == {"text": "Called."}


def test_approved_arguments_cannot_reach_an_omitted_parameter(api: FakeApi, otto: Countersign) -> None:
    @otto.gate("billing.refund", omit=["dry"])
    def refund(amount_usd: float, dry: bool = True) -> None:
        pytest.fail("ran")

    api.on_submit = lambda stored: api.decide(stored.id, args={"amount_usd": 40, "dry": False})
    with pytest.raises(UnfitArguments, match="dry"):
        refund(80)


def test_another_tool_s_approval_runs_nothing(api: FakeApi, otto: Countersign) -> None:
    @otto.gate("billing.refund")
    def refund(amount_usd: float) -> None:
        pytest.fail("ran")

    def approve_something_else(stored: Any) -> None:
        stored.call = {"name": "billing.wipe", "args": {"amount_usd": 80}}
        api.decide(stored.id)

    api.on_submit = approve_something_else
    with pytest.raises(UnfitArguments, match=r"billing\.wipe was approved"):
        refund(80)
    assert api.sent("POST .*/spend") == []


def test_a_rejected_call_does_not_run(api: FakeApi, otto: Countersign) -> None:
    @otto.gate("billing.refund")
    def refund(amount_usd: float) -> None:
        pytest.fail("ran")

    api.on_submit = lambda stored: api.decide(stored.id, "rejected", comment="No.")
    with pytest.raises(Rejected):
        refund(80)


def test_a_call_that_cannot_be_sent_does_not_run(api: FakeApi, otto: Countersign) -> None:
    @otto.gate("crm.note")
    def note(text: str) -> None:
        pytest.fail("ran")

    api.faults += [Fault("POST /actions", drop=True)] * 500
    with pytest.raises(Unreachable):
        note("Called.")


def test_a_call_that_nobody_decides_does_not_run(otto: Countersign) -> None:
    @otto.gate("billing.refund", timeout=0.1)
    def refund(amount_usd: float) -> None:
        pytest.fail("ran")

    with pytest.raises(WaitTimeout):
        refund(80)


@pytest.mark.parametrize("value", [float("nan"), 2**53, (1, 2), {1: "x"}, object(), "\ud800", "a\0b", b"x"])
def test_what_json_cannot_carry_is_refused_before_sending(api: FakeApi, otto: Countersign, value: Any) -> None:
    @otto.gate("crm.note")
    def note(text: Any) -> None:
        pytest.fail("ran")

    with pytest.raises(UnsafeArguments) as refused:
        note(value)
    assert (refused.value.pointer, api.requests) == ("/tool_call/args/text", [])


def test_a_wrong_call_is_a_type_error_as_without_the_gate(api: FakeApi, otto: Countersign) -> None:
    @otto.gate("crm.note")
    def note(text: str) -> None:
        pytest.fail("ran")

    with pytest.raises(TypeError, match="missing a required argument: 'text'"):
        note()  # type: ignore[call-arg]
    assert api.requests == []


def test_mistakes_in_a_gate_show_where_it_is_defined(otto: Countersign) -> None:
    def many(*texts: str) -> None: ...

    def note(text: str) -> None: ...

    with pytest.raises(TypeError, match="texts has no names"):
        otto.gate("crm.note")(many)
    with pytest.raises(ValueError, match=r"omit names no parameter of note: .'ctx'"):
        otto.gate("crm.note", omit=["ctx"])(note)
    with pytest.raises(ValueError, match=r"summary names no argument of note: .'customer'"):
        otto.gate("crm.note", summary="{customer}")(note)


def test_a_gated_function_keeps_its_name(otto: Countersign) -> None:
    @otto.gate("crm.note")
    def note(text: str) -> None:
        """Writes a note."""

    assert (note.__name__, note.__doc__) == ("note", "Writes a note.")


async def test_an_async_function_is_gated_by_the_sync_client_too(api: FakeApi, otto: Countersign) -> None:
    @otto.gate("billing.refund")
    async def refund(amount_usd: float) -> float:
        return amount_usd

    api.on_submit = lambda stored: api.decide(stored.id, args={"amount_usd": 40})
    assert await refund(80) == 40
    assert api.only().report["output"] == 40
