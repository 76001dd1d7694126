"""Prefixed ids that sort by time: "act_" + 26 characters of a UUIDv7 (RFC 9562) in lowercase Crockford base32.

| prefix | names | prefix | names | prefix | names |
| --- | --- | --- | --- | --- | --- |
| act | action | wsp | workspace | exe | execution |
| rev | revision | usr | user | vot | review (one vote) |
| dec | decision | grp | group | msg | message, question |
| gra | grant | mbr | membership | tmr | timer |
| agt | agent | inv | invitation | lim | limit use |
| ver | agent version | key | API key | snp | snapshot |
| run | run | tok | person's token | lbl | label |
| evt | audit event | pol | policy version | dst | dataset |
| prm | promise (outbox) | rtr | retraction (of a vote) | viw | saved view |
| abs | absence | ntc | notice (a letter that is owed) | sli | Slack account of a person |
| slt | Slack workspace | slh | Slack channel | slr | Slack route |
| slc | Slack card | esc | escalation (one telling) | ntf | notification (of one person) |
| stp | stop switch | inc | incident | ine | entry of an incident |
| prp | policy proposal | sig | signature of a proposal | pac | policy activation |
| shv | shadow's verdict | sgr | standing grant | job | long work |
| ers | erasure | hld | legal hold | exp | export |
| exs | scheduled export | | | | |
| pky | passkey | pkc | challenge to a passkey | | |
| dsv | dataset version | exm | example | exr | revision of an example |
| tax | taxonomy of reasons | gat | gate result | rvw | second look at an action |
| alr | alert | aut | autonomy proposal | rdy | readiness threshold |
| gpl | scheduled gate | str | stream of the log | whk | webhook |
"""

import os
import re
from array import array
from datetime import UTC, datetime, timedelta

# fmt: off
PREFIXES = frozenset({
    "act", "rev", "dec", "gra", "agt", "ver", "run", "evt", "prm",
    "wsp", "usr", "grp", "mbr", "inv", "key", "tok", "pol", "dst",
    "exe", "vot", "msg", "tmr", "lim", "snp", "lbl", "rtr", "viw", "abs", "ntc",
    "sli", "slt", "slh", "slr", "slc",
    "esc", "ntf",
    "stp", "inc", "ine",
    "prp", "sig", "pac", "shv", "sgr", "job",
    "ers", "hld", "exp", "exs", "str", "whk",
    "pky", "pkc",
    "dsv", "exm", "exr", "tax",
    "gat", "rvw", "alr", "aut", "rdy", "gpl",
})
# fmt: on
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_PAIRS = [a + b for a in ALPHABET for b in ALPHABET]
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_BODY = re.compile(r"[0-7][0-9a-hjkmnp-tv-z]{25}")
_VERSION_AND_VARIANT = 0x7 << 76 | 0b10 << 62
_RANDOM_A = 0xFFF << 64
_RANDOM_B = (1 << 62) - 1
_AT_ONCE = 64
# Forty bits at the end, enough for a random beginning of 32 bits and 2^20 steps of 16.
_TAIL = 8
_drawn: list[bytes] = []


def new(prefix: str, at: datetime | None = None) -> str:
    """A fresh id, stamped with `at` (aware; default now) to the millisecond; the other 74 bits are random.

    Ids of one millisecond have no order among themselves. ValueError: unknown prefix, or a time outside 1970 to 10889.
    """
    if prefix not in PREFIXES:
        raise ValueError(f"{prefix!r} is no id prefix; add it to the table in tenancy/ids.py.")
    milliseconds = ((datetime.now(UTC) if at is None else at) - _EPOCH) // _MILLISECOND
    if milliseconds >> 48:
        raise ValueError(f"{at} does not fit the 48 bits of a UUIDv7; pass a time between 1970 and 10889.")
    noise = int.from_bytes(_noise(), "big")
    return prefix + "_" + _encode(milliseconds << 80 | _VERSION_AND_VARIANT | noise & _RANDOM_A | noise & _RANDOM_B)


def rising(prefix: str, at: datetime, count: int) -> list[str]:
    """As `new`, many of one millisecond in rising order, which an index takes in at its end: a random beginning, and
    each next one by a random step behind the one before (RFC 9562, 6.2, method 2). At most 2^20 at a time.
    """
    first = new(prefix, at)
    head, place = first[:-_TAIL], int.from_bytes(_noise()[:4], "big")
    p, found = _PAIRS, []
    for step in array("H", os.urandom(2 * count)):
        place += step + 1
        found.append(head + p[place >> 30 & 1023] + p[place >> 20 & 1023] + p[place >> 10 & 1023] + p[place & 1023])
    return found


def floor(prefix: str, at: datetime) -> str:
    """The least id that `new` could stamp with `at`: where a range of ids begins. ValueError as `new`."""
    milliseconds = (at - _EPOCH) // _MILLISECOND
    if prefix not in PREFIXES or milliseconds >> 48:
        raise ValueError(f"no id begins with {prefix!r} at {at}.")
    return prefix + "_" + _encode(milliseconds << 80)


def is_id(text: str, prefix: str) -> bool:
    """Whether `text` has exactly the shape of an id with this prefix; says nothing about existence."""
    head = len(prefix) + 1
    return text[:head] == prefix + "_" and _BODY.fullmatch(text, head) is not None


def created_at(text: str) -> datetime:
    """The millisecond (UTC) that an id was stamped with. ValueError if `text` is no id or its time is beyond 9999."""
    prefix, _, body = text.partition("_")
    if prefix not in PREFIXES or _BODY.fullmatch(body) is None:
        raise ValueError(f"{text!r} is no id; pass one as the API gave it.")
    milliseconds = 0
    for character in body[:10]:
        milliseconds = milliseconds << 5 | _VALUE[character]
    try:
        return _EPOCH + milliseconds * _MILLISECOND
    except OverflowError:
        raise ValueError(f"{text!r} is stamped beyond the year 9999; no id of ours is.") from None


def _noise() -> bytes:
    """Ten bytes of the system's randomness, fetched for many ids at a time: each fetch lets go of the interpreter's
    lock, and each action needs several ids.
    """
    try:
        return _drawn.pop()
    except IndexError:
        fresh = os.urandom(10 * _AT_ONCE)
        _drawn.extend([fresh[n : n + 10] for n in range(10, len(fresh), 10)])
        return fresh[:10]


def forget_drawn() -> None:
    """Throws away what was fetched ahead. A forked process must not draw what its parent draws."""
    _drawn.clear()


os.register_at_fork(after_in_child=forget_drawn)


def _encode(n: int) -> str:
    # Thirteen lookups of two characters: written out because a loop takes twice as long, and each action needs several.
    p = _PAIRS
    return (
        p[n >> 120]
        + p[n >> 110 & 1023]
        + p[n >> 100 & 1023]
        + p[n >> 90 & 1023]
        + p[n >> 80 & 1023]
        + p[n >> 70 & 1023]
        + p[n >> 60 & 1023]
        + p[n >> 50 & 1023]
        + p[n >> 40 & 1023]
        + p[n >> 30 & 1023]
        + p[n >> 20 & 1023]
        + p[n >> 10 & 1023]
        + p[n & 1023]
    )
