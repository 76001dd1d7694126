"""How long a backtest of 100,000 past actions takes on a core: 200 rules over 40 tools, a limit, and a candidate that
lets more through. Both documents are replayed, so each action is answered twice.

Prints one JSON line. Usage: python bench/backtest.py [ACTIONS] [RULES]
"""

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from approvals.policy.backtest import Outcome, PastAction, backtest
from approvals.policy.compiled import Policy, compile_document
from approvals.policy.document import parse
from approvals.policy.verdict import Context
from bench.policy import text_of

START = datetime(2026, 1, 1, tzinfo=UTC)
OUTCOMES: tuple[Outcome, ...] = ("approved", "policy", "rejected", "edited", "policy")


def policies(rules: int) -> tuple[Policy, Policy]:
    text = text_of(rules).replace('"max": 500', '"max": 50000')
    return compile_document(parse(text)), compile_document(parse(text.replace("<= 50", "<= 80")))


def past(n: int, tools: int) -> PastAction:
    args = {"customer_id": f"cus_{n % 997}", "amount_usd": n % 700 + 0.5, "currency": "EUR"}
    call = Context(
        tool=f"billing.tool{n % tools}",
        args=args,
        actor="otto",
        agent="otto",
        now=START + n * timedelta(seconds=20),
        confidence=0.95,
        trace_id=f"tr_{n // 5}",
    )
    outcome = OUTCOMES[n % len(OUTCOMES)]
    return PastAction(f"act_{n:026}", call, None, False, outcome, outcome != "rejected")


def main() -> None:
    actions = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rules = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    before, after = policies(rules)
    started = time.process_time()
    report = backtest(before, after, (past(n, rules // 5) for n in range(actions)))
    seconds = time.process_time() - started
    told = {"bench": "backtest", "actions": actions, "rules": rules, "seconds": round(seconds, 1)}
    print(json.dumps({**told, "per_second": round(actions / seconds), "let_through": report.let_through}))


if __name__ == "__main__":
    main()
