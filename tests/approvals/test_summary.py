"""What the arguments say and the agent's summary does not; and that an honest summary is left alone."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.summary import beyond
from tests.json_trees import strict_trees


def told(summary: str, args: dict[str, Any], amount: str | None = None) -> list[tuple[str, str]]:
    return list(beyond(summary, args, amount))


@pytest.mark.parametrize(
    ("summary", "args"),
    [
        ("", {"to": "mallory@evil.example", "amount_usd": 9000}),
        ("Please be quick.", {"to": "mallory@evil.example", "amount_usd": 9000, "customer_id": "cus_9"}),
        ("Refund 80 USD to cus_1.", {"amount_usd": 80, "customer_id": "cus_1"}),
        ("Refund $1,240.50 to CUS_1.", {"amount_usd": 1240.5, "customer_id": "cus_1"}),
        ("Refund 1.240,50 EUR.", {"amount_eur": 1240.5}),
        ("Refund 5k USD.", {"total_usd": 5000}),
        ("Refund 80 USD.", {"amount": 8000}),
        ("Refund 80 USD.", {"charge_id": "ch_1", "quantity": 2}),
        ("Charged 129.90 USD twice; 64 USD go back.", {"amount_usd": 64}),
        ("Write to a@b.example.", {"to": ["A@b.example"]}),
        ("Tell 2 customers.", {"customers": ["a", "b"]}),
        ("Tell 1 customer.", {"customer_id": 4821}),
    ],
)
def test_what_fits_or_cannot_be_compared_is_left_alone(summary: str, args: dict[str, Any]) -> None:
    assert told(summary, args) == []


@pytest.mark.parametrize(
    ("summary", "args", "name", "text"),
    [
        (
            "Refund 80 USD.",
            {"amount_usd": 8000},
            "amount_usd",
            "The agent's summary says 80 USD; here stands another amount.",
        ),
        (
            "Pays EUR 94.50.",
            {"amount_eur \u202erue": 9450},
            "amount_eur \u202erue",
            "The agent's summary says EUR 94.50; here stands another amount.",
        ),
        (
            "Refund the charge of cus_1.",
            {"customer_id": "cus_9"},
            "customer_id",
            "The agent's summary names cus_1, but not cus_9.",
        ),
        (
            "Send it to a@b.example.",
            {"mail": {"cc": ["a@b.example", "mallory@evil.example"]}},
            "mail",
            "The agent's summary names a@b.example, but not mallory@evil.example.",
        ),
        (
            "Tell one customer.",
            {"customers": list("abcde")},
            "customers",
            "The agent's summary speaks of 1; here are 5.",
        ),
        (
            "Mail to 1 person.",
            {"recipients": 18_400},
            "recipients",
            "The agent's summary speaks of 1; here are 18,400.",
        ),
    ],
)
def test_what_goes_beyond_is_told_at_its_argument(summary: str, args: dict[str, Any], name: str, text: str) -> None:
    assert told(summary, args) == [(name, text)]


def test_the_described_amount_is_never_read_as_hundredths() -> None:
    said = "The agent's summary says 80 USD; here stands another amount."
    assert told("Refund 80 USD.", {"amount": 8000}, "amount") == [("amount", said)]


def test_many_strangers_are_counted() -> None:
    args = {"ids": [f"cus_{n}" for n in range(2, 9)]}
    assert told("For cus_1.", args) == [
        ("ids", "The agent's summary names cus_1, but not cus_2, cus_3, cus_4 and 4 more.")
    ]


@given(st.text(max_size=200), strict_trees)
def test_nothing_that_an_agent_can_send_breaks_it(summary: str, tree: Any) -> None:
    for name, text in told(summary, {"args": tree, "amount_usd": 1}):
        assert name in {"args", "amount_usd"}
        assert text.startswith("The agent's summary ")


@given(st.decimals(min_value=1, max_value=10**9, places=2, allow_nan=False))
def test_an_amount_that_is_told_as_it_is_fits(amount: Decimal) -> None:
    assert told(f"Refund {amount:,} USD to the customer.", {"amount_usd": float(amount)}) == []
