"""How many verdicts a core gives in a second: 200 rules over 40 tools, five of which name the tool that is called.

Prints one JSON line. Usage: python bench/policy.py [RULES]
"""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from approvals.policy.document import parse
from approvals.policy.evaluate import Context, Policy, compile_document, evaluate

BATCHES, PER_BATCH = 15, 400
RULES_OF_A_TOOL = (
    ("allow", ["args.amount_usd <= 50", "confidence >= 0.8"]),
    ("require_approval", ["args.amount_usd > 500"]),
    ("require_approval", ["args.currency != 'EUR'"]),
    ("deny", ["args.amount_usd > 100000"]),
    ("require_approval", ["confidence < 0.9"]),
)
SCHEMA = {
    "type": "object",
    "required": ["customer_id", "amount_usd"],
    "properties": {"customer_id": {"type": "string"}, "amount_usd": {"type": "number"}, "currency": {"type": "string"}},
}


def policy_of(rules: int) -> Policy:
    return compile_document(parse(text_of(rules)))


def text_of(rules: int) -> str:
    """The document, as JSON."""
    tools = {
        f"billing.tool{n}": {
            "schema": SCHEMA,
            "effect_text": "Moves {amount_usd} for {customer_id}.",
            "amount": {"path": "args.amount_usd", "currency": "USD"},
        }
        for n in range(rules // 5)
    }
    listed = []
    for n in range(rules):
        effect, when = RULES_OF_A_TOOL[n % 5]
        listed.append({"id": f"rule-{n}", "tools": [f"billing.tool{n // 5}"], "effect": effect, "when": when})
    limits = [
        {"id": "day-cap", "tools": ["billing.*"], "sum": "args.amount_usd", "per": "agent", "window": "24h", "max": 500}
    ]
    agents = {"otto": {"tier": "limits", "tools": {"*": {}}}}
    return json.dumps({"name": "bench", "tools": tools, "agents": agents, "rules": listed, "limits": limits})


def per_second(rules: int) -> float:
    """The median over batches; each batch calls the tool in the middle with another amount."""
    policy = policy_of(rules)
    tool = f"billing.tool{rules // 10}"
    now = datetime.now(UTC)
    calls = [
        Context(
            tool=tool,
            args={"customer_id": f"cus_{n}", "amount_usd": n * 2.5, "currency": "USD"},
            actor="otto",
            agent="otto",
            now=now,
            confidence=0.95,
            trace_id=f"tr_{n}",
        )
        for n in range(PER_BATCH)
    ]
    speeds = []
    for _ in range(BATCHES):
        started = time.perf_counter()
        for call in calls:
            evaluate(policy, call)
        speeds.append(PER_BATCH / (time.perf_counter() - started))
    return median(speeds)


def main() -> None:
    rules = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(json.dumps({"bench": "policy", "rules": rules, "per_second": round(per_second(rules))}))


if __name__ == "__main__":
    main()
