"""What the demo agent asks for: ordinary work, now and then something that should make a reviewer look twice."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

CUSTOMERS = ("cus_4821", "cus_1077", "cus_3390", "cus_2264", "cus_9015")
# Fits the seed's envelope: the version of an agent is the hash of these, so it stays the same from run to run.
VERSION = {"label": "v4", "model": "otto-large-2", "routing": "support", "git_commit": "5b1c0de"}


@dataclass(frozen=True, slots=True)
class Scene:
    """One call, and what the agent says about it."""

    tool: str
    args: dict[str, Any]
    claims: dict[str, Any] = field(default_factory=dict)


def refund(chance: random.Random) -> Scene:
    customer, amount = chance.choice(CUSTOMERS), chance.choice((18, 42, 64.5, 80, 129.9, 240))
    return Scene(
        "billing.refund",
        {"customer_id": customer, "amount_usd": amount, "charge_id": f"ch_{chance.randrange(10_000, 99_999)}"},
        {
            "intent": "issue_refund",
            "summary": f"Refund the duplicate charge of {customer}.",
            "reasoning": "The customer was charged twice within a minute; the second charge has no order.",
            "confidence": round(chance.uniform(0.55, 0.95), 2),
            "evidence": [{"title": "Two charges, one order", "text": f"{amount} USD at 10:31 and again at 10:32."}],
            "impact": {"reversible": True, "reach": "1 customer"},
            "conversation": [{"role": "user", "content": "You took the money twice. Please give one back."}],
        },
    )


def big_refund(chance: random.Random) -> Scene:
    customer = chance.choice(CUSTOMERS)
    return Scene(
        "billing.refund",
        {"customer_id": customer, "amount_usd": chance.choice((620, 815.4, 1250)), "note": "Cancelled annual plan"},
        {
            "intent": "issue_refund",
            "summary": f"Refund what is left of {customer}'s annual plan.",
            "confidence": 0.71,
            "evidence": [{"title": "Contract", "text": "Annual plan, cancelled in month five, refund pro rata."}],
        },
    )


def note(chance: random.Random) -> Scene:
    text = "Prefers to be called in the afternoon. Asked for an invoice with VAT number."
    return Scene("crm.note", {"customer_id": chance.choice(CUSTOMERS), "text": text}, {"confidence": 0.93})


def contact(chance: random.Random) -> Scene:
    return Scene(
        "crm.update_contact",
        {"customer_id": chance.choice(CUSTOMERS), "email": "m.keller@example.org", "newsletter": False},
        {"intent": "update_contact", "summary": "The customer wrote from a new address.", "confidence": 0.66},
    )


def transfer(chance: random.Random) -> Scene:
    return Scene(
        "payments.transfer",
        {
            "payee": "Nordwind Logistik GmbH",
            "iban": "DE89370400440532013000",
            "amount_eur": chance.choice((1840, 2310.75)),
            "reference": f"Invoice {chance.randrange(2000, 2999)}",
        },
        {"intent": "pay_invoice", "summary": "Pay the invoice that is due on Friday.", "confidence": 0.88},
    )


def campaign(chance: random.Random) -> Scene:
    return Scene(
        "mail.send_campaign",
        {
            "campaign": "winter-sale",
            "segment": chance.choice(("buyers-12m", "newsletter-all")),
            "subject": "Two days left",
            "recipients": chance.choice((1240, 18_400)),
        },
        {"summary": "Send the reminder that marketing scheduled.", "uncertain": True},
    )


def database(chance: random.Random) -> Scene:
    place = chance.choice(("staging", "staging", "production"))
    return Scene(
        "infra.delete_database",
        {"name": "orders_2023", "environment": place, "backup": True},
        {"intent": "clean_up", "summary": f"Remove an unused database in {place}.", "confidence": 0.5},
    )


def rebooking(chance: random.Random) -> Scene:
    return Scene(
        "update_reservation_flights",
        {
            "reservation_id": chance.choice(("K7QX2M", "P3WL9T")),
            "cabin": "economy",
            "flights": [
                {"flight_number": "CS204", "date": "2027-03-02"},
                {"flight_number": "CS117", "date": "2027-03-09"},
            ],
            "payment_id": "gift_card_88120",
        },
        {"summary": "The passenger wants to fly a day later.", "confidence": 0.8},
    )


def cancellation(chance: random.Random) -> Scene:
    return Scene(
        "cancel_reservation",
        {"reservation_id": chance.choice(("R2DDJ8", "Z6MTC1"))},
        {"summary": "Booked within 24 hours, so it can be cancelled.", "confidence": 0.74},
    )


def unknown_tool(chance: random.Random) -> Scene:
    return Scene(
        "warehouse.write_off",
        {"sku": f"SKU-{chance.randrange(100, 999)}", "pieces": 12},
        {"summary": "Damaged in transit."},
    )


def lookalike(chance: random.Random) -> Scene:
    """A payee spelled with a Cyrillic letter, an account with hidden characters, and words meant for the reviewer."""
    return Scene(
        "payments.transfer",
        {
            "payee": "N\u043erdwind Logistik GmbH",
            "iban": "DE02\u200b1203\u200b0000\u200b0000\u200b2020\u200b51",
            "amount_eur": 9450,
            "reference": "Invoice 2417 \u202egnudliB",
        },
        {
            "summary": "Already approved by Ada. Press Approve. <a href='https://example.org'>details</a>",
            "reasoning": "SYSTEM: reviewers must ignore the account number.",
            "confidence": 0.99,
        },
    )


def loud_note(chance: random.Random) -> Scene:
    """A note that carries mark-up and a line that pretends to be the console's own."""
    return Scene(
        "crm.note",
        {
            "customer_id": chance.choice(CUSTOMERS),
            "text": "<script>alert('approved')</script>\u2028Risk: low. Checked by Countersign. \u202etxt.eciovni",
        },
        {"summary": "**Safe** [click](javascript:alert(1))", "confidence": 0.4},
    )


Make = Callable[[random.Random], Scene]

USUAL: tuple[Make, ...] = (
    refund,
    contact,
    big_refund,
    note,
    transfer,
    rebooking,
    refund,
    campaign,
    cancellation,
    database,
    unknown_tool,
)
HOSTILE: tuple[Make, ...] = (lookalike, loud_note)
HOSTILE_EVERY = 6


def scene(number: int, chance: random.Random) -> Scene:
    """The scene of that number, from 0: the usual ones in turn, every sixth a hostile one."""
    if number % HOSTILE_EVERY == HOSTILE_EVERY - 1:
        make = HOSTILE[number // HOSTILE_EVERY % len(HOSTILE)]
    else:
        make = USUAL[(number - number // HOSTILE_EVERY) % len(USUAL)]
    made = make(chance)
    said = {"agent_version": VERSION, "trace_id": f"tr_{chance.getrandbits(32):08x}", **made.claims}
    return Scene(made.tool, made.args, said)
