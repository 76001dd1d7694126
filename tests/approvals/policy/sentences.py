"""One policy and one call, both easy to vary, so that a test is a sentence."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from approvals.policy.document import parse
from approvals.policy.evaluate import Context, Policy, Verdict, compile_document, evaluate

EXAMPLE = (Path(__file__).parent / "example.yaml").read_text()

TOOLS = """
name: demo
tools:
  billing.refund:
    schema:
      type: object
      required: [customer_id, amount_usd]
      properties: {customer_id: {type: string}, amount_usd: {type: number}, iban: {type: string}}
    effect_text: "Refunds {amount_usd} USD to customer {customer_id}."
    amount: {path: args.amount_usd, currency: USD}
    counterpart: args.customer_id
    writes_pii: false
    sensitive: [args.iban]
  crm.note:
    schema: {type: object, properties: {text: {type: string}}}
"""
OTTO = """
agents:
  otto: {owner: eve, tier: autonomous, tools: {"*": {}}}
"""

REFUND = Context(
    tool="billing.refund",
    args={"customer_id": "c1", "amount_usd": 80},
    actor="otto",
    agent="otto",
    now=datetime(2026, 3, 2, 9, tzinfo=UTC),
    trace_id="tr_1",
)


def policy(text: str, *, agents: str = OTTO) -> Policy:
    """The two tools, otto (autonomous unless said otherwise), and the text."""
    return compile_document(parse(TOOLS + agents + text))


def ask(text: str, changes: Mapping[str, object] | None = None, *, agents: str = OTTO, **more: object) -> Verdict:
    """The verdict on the refund of 80 USD, changed as said."""
    return evaluate(policy(text, agents=agents), call(**(changes or {}), **more))


def call(**changes: object) -> Context:
    return replace(REFUND, **changes)  # type: ignore[arg-type]  # a wrong name or type fails the test itself
