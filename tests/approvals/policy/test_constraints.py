"""The caller's constraints: they tighten, and doubt asks a person."""

import pytest

from tests.approvals.policy.sentences import ask

OPEN = "rules: [{id: open, effect: allow}]"
DENY = "rules: [{id: never, effect: deny}]"


@pytest.mark.parametrize(
    ("sentence", "constraints", "changes", "effect", "code"),
    [
        ("a tool on the list", {"allowed_tools": ["billing.refund"]}, {}, "allow", None),
        ("a tool outside the list", {"allowed_tools": ["crm.note"]}, {}, "deny", "constraint_violated"),
        ("a list is no pattern", {"allowed_tools": ["billing.*"]}, {}, "deny", "constraint_violated"),
        ("an empty list", {"allowed_tools": []}, {}, "deny", "constraint_violated"),
        ("a list that is none", {"allowed_tools": "billing.refund"}, {}, "require_approval", None),
        ("an amount at the cap", {"max_amount_usd": 80}, {}, "allow", None),
        ("an amount over the cap", {"max_amount_usd": 79.99}, {}, "deny", "constraint_violated"),
        ("a cap as decimal text", {"max_amount_usd": "79.99"}, {}, "deny", "constraint_violated"),
        ("a cap in another currency", {"max_amount_eur": 500}, {}, "require_approval", None),
        ("a cap that is no number", {"max_amount_usd": None}, {}, "require_approval", None),
        (
            "a cap where the tool declares no amount",
            {"max_amount_usd": 9},
            {"tool": "crm.note", "args": {}},
            "require_approval",
            None,
        ),
        ("an amount at the threshold", {"requires_human_approval_over_usd": 80}, {}, "allow", None),
        ("an amount over the threshold", {"requires_human_approval_over_usd": 50}, {}, "require_approval", None),
        (
            "a negative amount",
            {"max_amount_usd": 50},
            {"args": {"customer_id": "c", "amount_usd": -1}},
            "require_approval",
            None,
        ),
        ("no personal data, and the tool writes none", {"pii_write_allowed": False}, {}, "allow", None),
        (
            "no personal data, and the tool is unmarked",
            {"pii_write_allowed": False},
            {"tool": "crm.note", "args": {}},
            "deny",
            "constraint_violated",
        ),
        (
            "no personal data, and the tool is unknown",
            {"pii_write_allowed": False},
            {"tool": "x"},
            "deny",
            "constraint_violated",
        ),
        ("personal data allowed", {"pii_write_allowed": True}, {"tool": "crm.note", "args": {}}, "allow", None),
        ("personal data, unclear", {"pii_write_allowed": "no"}, {}, "require_approval", None),
        ("an unknown word", {"max_refunds": 3}, {}, "require_approval", None),
        ("a word of no currency", {"max_amount_dollars": 3}, {}, "require_approval", None),
    ],
)
def test_constraint(
    sentence: str, constraints: dict[str, object], changes: dict[str, object], effect: str, code: str | None
) -> None:
    verdict = ask(OPEN, changes, constraints=constraints)
    assert (verdict.effect, verdict.reason_code) == (effect, code), sentence


def test_constraints_never_widen() -> None:
    generous = {"allowed_tools": ["billing.refund"], "max_amount_usd": 10**9, "pii_write_allowed": True}
    assert ask(DENY, constraints=generous).effect == "deny"
    assert ask("", constraints=generous).effect == "require_approval"


def test_what_the_agent_claims_about_the_amount_is_not_asked() -> None:
    verdict = ask(OPEN, constraints={"max_amount_usd": 50}, impact={"amount": {"value": "1.00", "currency": "USD"}})
    assert verdict.explanation == "Denied because the amount (80) is over the caller's max_amount_usd (50)."
