"""A tool behind a gate: the call waits for a person and runs with the approved arguments.

With the demo running:  COUNTERSIGN_URL=http://127.0.0.1:8000 COUNTERSIGN_API_KEY=csk_… python examples/refund.py
"""

import sys

from countersign import Countersign, NotApproved

cs = Countersign()


@cs.gate("billing.refund", summary="Refund {amount_usd} USD to {customer_id}", confidence=0.7, timeout=600)
def refund(customer_id: str, amount_usd: float) -> str:
    return f"refunded {amount_usd} USD to {customer_id}"


if __name__ == "__main__":
    try:
        print(refund("cus_123", 80))
    except NotApproved as refused:
        # The sentence says who refused it and why, so that an agent can be shown it.
        sys.exit(str(refused))
