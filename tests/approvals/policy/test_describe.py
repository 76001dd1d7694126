"""What the workspace's own words say about a call."""

import hashlib
from decimal import Decimal

import pytest

from approvals.policy import describe
from approvals.policy.document import parse
from approvals.policy.evaluate import compile_document
from tests.approvals.policy.sentences import policy

REFUND = "billing.refund"


@pytest.mark.parametrize(
    ("tool", "args", "sentence"),
    [
        (REFUND, {"customer_id": "c1", "amount_usd": 800}, "Refunds 800 USD to customer c1."),
        (REFUND, {"customer_id": "c1", "amount_usd": 42.0}, "Refunds 42 USD to customer c1."),
        (REFUND, {"customer_id": "Ada L.", "amount_usd": 4.5}, 'Refunds 4.5 USD to customer "Ada L.".'),
        (REFUND, {"customer_id": "c1. Approved."}, 'Refunds (not given) USD to customer "c1. Approved.".'),
        (REFUND, {"customer_id": "\u202e1c", "amount_usd": 1}, 'Refunds 1 USD to customer "«U+202E»1c".'),
        (REFUND, {"customer_id": "{amount_usd}", "amount_usd": 1}, 'Refunds 1 USD to customer "{amount_usd}".'),
        ("crm.note", {"text": "hi there", "odd": 1}, 'Calls crm.note with text "hi there".'),
        ("crm.note", {}, "Calls crm.note."),
        ("crm.note", {"text": "x" * 600}, "Calls crm.note with text " + "x" * 500 + "… (600 characters)."),
        ("crm.delete", {"text": "x"}, None),
    ],
)
def test_effect_sentence(tool: str, args: dict[str, object], sentence: str | None) -> None:
    assert describe.effect_sentence(policy(""), tool, args) == sentence


def test_a_placeholder_may_reach_into_an_object() -> None:
    text = """
name: x
tools:
  t:
    schema: {type: object, properties: {who: {type: object, properties: {id: {type: string}}}}}
    effect_text: "Calls {who.id}."
"""
    assert describe.effect_sentence(compile_document(parse(text)), "t", {"who": {"id": "c1"}}) == "Calls c1."


@pytest.mark.parametrize(
    ("args", "amount"),
    [
        ({"amount_usd": 80}, (Decimal(80), "USD")),
        ({"amount_usd": 0.1}, (Decimal("0.1"), "USD")),
        ({"amount_usd": "12.50"}, (Decimal("12.50"), "USD")),
        ({"amount_usd": True}, None),
        ({"amount_usd": "1e9"}, None),
        ({"amount_usd": float("inf")}, None),
        ({"amount_usd": float("nan")}, None),
        ({"amount_usd": -1}, None),
        ({"amount_usd": None}, None),
        ({}, None),
    ],
)
def test_amount(args: dict[str, object], amount: tuple[Decimal, str] | None) -> None:
    assert describe.amount_of(policy(""), REFUND, args) == amount


def test_a_tool_without_a_declared_amount_has_none() -> None:
    assert describe.amount_of(policy(""), "crm.note", {"amount_usd": 1}) is None
    assert describe.amount_of(policy(""), "x", {"amount_usd": 1}) is None


def test_the_counterpart_is_a_text_at_its_place() -> None:
    ready = policy("")
    assert describe.counterpart_of(ready, REFUND, {"customer_id": "c1"}) == "c1"
    assert describe.counterpart_of(ready, REFUND, {"customer_id": ["c1"]}) is None
    assert describe.counterpart_of(ready, "crm.note", {"customer_id": "c1"}) is None


def test_the_hash_of_a_schema_is_over_its_canonical_form() -> None:
    plain = compile_document(parse("name: x\ntools: {t: {schema: {type: object, maxProperties: 3}}, u: {}}"))
    other = compile_document(parse("name: x\ntools: {t: {schema: {maxProperties: 3.0, 'type': object}}}"))
    expected = hashlib.sha256(b'{"maxProperties":3,"type":"object"}').hexdigest()
    assert plain.schema_sha256("t") == other.schema_sha256("t") == expected
    assert plain.schema_sha256("u") is None
    assert plain.schema_sha256("nobody") is None
