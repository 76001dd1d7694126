"""Where the arguments go beyond what the agent's summary says. Pure.

It is careful and speaks only of what can be compared.

Compared are e-mail addresses, ids of one kind ("cus_1" with "cus_9"), sums of money, and counts ("2 customers" with a
list of 40). A summary that names none of a kind says nothing about that kind.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from approvals.policy.paths import number_at

EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")
ID = re.compile(r"\b[A-Za-z]{2,12}[_-](?=[A-Za-z_-]{0,40}[0-9])[A-Za-z0-9][A-Za-z0-9_-]{0,60}")
CURRENCIES = "USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|SEK|NOK|DKK|PLN|CZK|BRL|MXN"
NUMBER = r"[0-9]{1,15}(?:[.,'][0-9]{1,15}){0,6}k?"
# The two ways of writing thousands and decimals.
POINT = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?")
COMMA = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?|[0-9]+(?:,[0-9]+)?")
MONEY = re.compile(
    rf"(?:(?:{CURRENCIES}|[$€£¥]) ?(?P<after>{NUMBER}))"
    rf"|(?P<before>{NUMBER}) ?(?:(?:{CURRENCIES})\b|[$€£¥]|dollars?\b|euros?\b)"
)
AMOUNT_NAME = re.compile(r"amount|price|total|cost|(?:^|_)(?:sum|usd|eur|gbp)(?:_|$)", re.IGNORECASE)
# A name that says the currency counts whole units; any other amount may count hundredths.
WHOLE_NAME = re.compile(r"(?:^|_)(?:usd|eur|gbp|dollars|euros)(?![A-Za-z0-9])", re.IGNORECASE)
COUNTED = {"one": 1, "single": 1, "two": 2, "three": 3, "four": 4, "five": 5}
COUNT = re.compile(
    r"\b(?P<n>[0-9]{1,6}|one|single|two|three|four|five) (?P<what>customer|recipient|person|people|user|record"
    r"|file|order|row|account|invoice|message|item)s?\b",
    re.IGNORECASE,
)
PEOPLE = {"customer", "recipient", "person", "people", "user"}
PEOPLE_NAMES = re.compile(r"recipient|customer|person|people|user|^to$|^cc$|^bcc$|email", re.IGNORECASE)
NAMED_MAX = 3
LONGEST_LEAF = 10_000


def beyond(summary: str, args: Mapping[str, Any], amount_name: str | None) -> Iterator[tuple[str, str]]:
    """Pairs of a top-level argument's name and what it says that the summary does not, in one sentence.

    `amount_name` is the argument that holds the amount by the tool's description.
    """
    if not summary:
        return
    emails, ids, sums, counts = _emails(summary), _ids(summary), _sums(summary), _counts(summary)
    for name, value in args.items():
        leaves = list(_leaves(value))
        if emails:
            yield from _missing(name, emails, {found for leaf in leaves for found in _emails(leaf)})
        if ids:
            yield from _other_ids(name, ids, leaves)
        if sums:
            yield from _other_sum(name, value, sums, is_amount=name == amount_name)
        for count, what in counts:
            yield from _more(name, value, count, what)


def _missing(name: str, said: set[str], found: set[str]) -> Iterator[tuple[str, str]]:
    strangers = sorted(found - said)
    if strangers:
        yield name, f"The agent's summary names {_listed(sorted(said))}, but not {_listed(strangers)}."


def _other_ids(name: str, said: set[str], leaves: list[str]) -> Iterator[tuple[str, str]]:
    found = {leaf for leaf in leaves if ID.fullmatch(leaf)}
    lowered = {one.lower() for one in said}
    for kind in sorted({_kind(one) for one in said}):
        same = sorted(one for one in said if _kind(one) == kind)
        strangers = sorted(one for one in found if _kind(one) == kind and one.lower() not in lowered)
        if strangers:
            yield name, f"The agent's summary names {_listed(same)}, but not {_listed(strangers)}."


def _other_sum(name: str, value: Any, sums: dict[str, set[Decimal]], *, is_amount: bool) -> Iterator[tuple[str, str]]:
    number = number_at(value) if is_amount or AMOUNT_NAME.search(name) else None
    if number is None:
        return
    meant = {number} if is_amount or WHOLE_NAME.search(name) else {number, number / 100}
    if not any(meant & readings for readings in sums.values()):
        yield name, f"The agent's summary says {_listed(sorted(sums))}; here stands another amount."


def _more(name: str, value: Any, count: int, what: str) -> Iterator[tuple[str, str]]:
    about = what in name.lower() or (what in PEOPLE and PEOPLE_NAMES.search(name) is not None)
    is_count = isinstance(value, int) and not isinstance(value, bool) and "id" not in name.lower()
    held = len(value) if isinstance(value, list) else value if is_count else 0
    if about and held > count:
        yield name, f"The agent's summary speaks of {count}; here are {held:,}."


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str) and len(value) <= LONGEST_LEAF:
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)


def _emails(text: str) -> set[str]:
    return {found.rstrip(".").lower() for found in EMAIL.findall(text)} if "@" in text else set()


def _ids(text: str) -> set[str]:
    return {found.rstrip("-_") for found in ID.findall(text)}


def _kind(found: str) -> str:
    return re.split(r"[_-]", found, maxsplit=1)[0].lower()


def _sums(text: str) -> dict[str, set[Decimal]]:
    """Each sum as written, with every number that it can be read as."""
    sums = {found[0].strip(): _readings(found["after"] or found["before"]) for found in MONEY.finditer(text)}
    return {told: readings for told, readings in sums.items() if readings}


def _readings(written: str) -> set[Decimal]:
    """ "1.234" is one thousand or one and a bit, depending on who writes; both count. "94.50" is one thing only."""
    factor = 1000 if written.endswith("k") else 1
    digits = written.rstrip("k").replace("'", "")
    plain = [digits.replace(",", "")] if POINT.fullmatch(digits) else []
    plain += [digits.replace(".", "").replace(",", ".")] if COMMA.fullmatch(digits) else []
    return {number * factor for text in plain if (number := number_at(text)) is not None}


def _counts(text: str) -> list[tuple[int, str]]:
    found = [(match["n"].lower(), match["what"].lower()) for match in COUNT.finditer(text)]
    return [(COUNTED[n] if n in COUNTED else int(n), what) for n, what in found]


def _listed(names: list[str]) -> str:
    more = len(names) - NAMED_MAX
    return ", ".join(names[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
