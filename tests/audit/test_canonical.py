import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audit.canonical import NotCanonical, canonical, disclose, disclosure, disclosure_digest, event_bytes, plain, stamp
from tests.audit.appendix_b import NOT_NUMBERS, NUMBERS, double
from tests.json_trees import INTEGER_MAX, integers, nested, trees

EDGES = [42.0, -0.0, 0.0, 1e15, 9007199254740991.0, 9007199254740992.0, 1e16, 1.5e16, 123456789012345680000.0, 1e20,
         1e21, 1e22, 1e-5, 1e-6, 1.5e-6, 1e-7, 5e-324, 1.7976931348623157e308, -42.0, -1e16, -1e-6]  # fmt: skip
SALT = bytes(range(16))


@settings(deadline=None, max_examples=400)
@given(trees)
@example({"\U0001f600": 1, "\ue000": 2, "a": 3})
@example({"text": ":1.0,", "n": None})
def test_canonical_bytes_are_those_of_the_reference_library(tree: Any) -> None:
    assert canonical(tree) == rfc8785.dumps(tree)


@pytest.mark.parametrize("number", EDGES)
def test_every_edge_of_the_doubles_is_written_as_the_reference_does(number: float) -> None:
    shapes: list[Any] = [number, [number], {"a": number}, [number, 1], {"a": number, "b": [{"c": number}]}]
    for tree in shapes:
        assert canonical(tree) == rfc8785.dumps(tree)


def test_the_example_of_the_rfc() -> None:
    # RFC 8785 section 3.2.2 and the output of 3.2.4.
    text = r"""{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
                "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"""
    assert (
        canonical(json.loads(text))
        == (
            '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
            '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
        ).encode()
    )


@pytest.mark.parametrize(("number", "written"), NUMBERS)
def test_numbers_are_written_as_the_rfcs_table_has_them(number: float, written: str) -> None:
    assert (canonical(number), canonical([number])) == (written.encode(), f"[{written}]".encode())


@pytest.mark.parametrize("bits", NOT_NUMBERS)
def test_what_the_rfcs_table_calls_an_error_is_refused(bits: str) -> None:
    for tree in (double(bits), [double(bits)], {"a": double(bits)}):
        with pytest.raises(NotCanonical):
            canonical(tree)


def test_names_sort_by_utf16_units() -> None:
    # RFC 8785 section 3.2.3.
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    assert list(json.loads(canonical(dict.fromkeys(names, 0)))) == [
        "\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "tree",
    [
        float("nan"),
        [float("inf")],
        {"a": [1, {"b": float("-inf")}]},
        2**53,
        [-(2**53)],
        "\ud800",
        {"\ud800": 1},
        {1: 2},
        {"a": datetime(2026, 11, 20, tzinfo=UTC)},
        {"a": Decimal("1.5")},
        [b"bytes"],
        {1, 2},
    ],
)
def test_what_json_cannot_say_exactly_is_refused(tree: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical(tree)


@given(nested(st.none() | st.booleans() | integers | st.text(), names=st.text(st.characters(max_codepoint=127))))
def test_plain_bytes_of_our_own_documents_are_canonical(tree: Any) -> None:
    assert plain(tree) == rfc8785.dumps(tree)


def test_plain_refuses_a_moment_that_was_not_stamped() -> None:
    with pytest.raises(NotCanonical):
        plain({"occurred_at": datetime(2026, 11, 20, tzinfo=UTC)})


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2026, 11, 20, 10, 47, 22, 123, tzinfo=UTC), "2026-11-20T10:47:22.000123Z"),
        (datetime(2026, 11, 20, tzinfo=UTC), "2026-11-20T00:00:00.000000Z"),
        (datetime(2026, 11, 20, 1, tzinfo=timezone(timedelta(hours=2))), "2026-11-19T23:00:00.000000Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000000Z"),
    ],
)
def test_a_stamp_is_utc_with_six_digits(at: datetime, text: str) -> None:
    assert stamp(at) == text


def test_a_stamp_without_a_zone_is_refused() -> None:
    with pytest.raises(NotCanonical, match="no time zone"):
        stamp(datetime(2026, 11, 20))  # noqa: DTZ001


def test_disclosure_digest_of_the_rfc() -> None:
    # RFC 9901, the first disclosure of the example in section 5.1.
    encoded = "WyIyR0xDNDJzS1F2ZUNmR2ZyeU5STjl3IiwgImdpdmVuX25hbWUiLCAiSm9obiJd"
    assert disclosure_digest(encoded) == "jsu9yVulwQQlhFlM_3JlzMaSFzglhQG0DpfayQwLUK4"


def test_a_disclosure_reads_back_as_salt_name_value() -> None:
    encoded = disclosure(SALT, "comment", {"text": "Möbius", "amount": 42.0})
    assert base64.urlsafe_b64decode(encoded + "==") == (
        '["AAECAwQFBgcICQoLDA0ODw","comment",{"amount":42,"text":"Möbius"}]'.encode()
    )


@given(st.binary(min_size=16, max_size=32), st.text(max_size=8), trees)
def test_a_disclosure_digest_recomputes_from_its_parts(salt: bytes, name: str, value: Any) -> None:
    array = [base64.urlsafe_b64encode(salt).rstrip(b"=").decode(), name, value]
    encoded = base64.urlsafe_b64encode(rfc8785.dumps(array)).rstrip(b"=")
    digest = base64.urlsafe_b64encode(hashlib.sha256(encoded).digest()).rstrip(b"=").decode()
    assert disclose(salt, name, value) == digest


def test_a_short_salt_is_refused() -> None:
    with pytest.raises(NotCanonical, match="15 bytes"):
        disclose(SALT[:15], "comment", "Cap is 40.")


@given(st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=8),
                       nested(st.none() | st.booleans() | integers | st.text(),
                              names=st.text(st.characters(max_codepoint=127)))))  # fmt: skip
def test_event_bytes_are_canonical(event: dict[str, Any]) -> None:
    assert event_bytes(event) == rfc8785.dumps(event)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"data": {"amount": 42.5}}, "float at /data/amount has no place in an event; write it as a decimal string."),
        ({"data": [float("nan")]}, "float at /data/0 has no place in an event; write it as a decimal string."),
        ({"n": INTEGER_MAX + 1}, "9007199254740992 at /n is beyond 2^53 - 1; write it as a string."),
        ({"data": {"é": 1}}, "Key 'é' at /data is not ASCII text; name it in ASCII."),
        ({1: 1}, "Key 1 at / is not ASCII text; name it in ASCII."),
        ({"body": b"x"}, "bytes at /body has no place in an event; write it as text."),
        ({"body": "x" * 16384}, "The event takes 16395 bytes of 16384; move long values into disclosures."),
    ],
)
def test_an_event_that_would_not_last_is_refused_with_its_place(event: dict[str, Any], message: str) -> None:
    with pytest.raises(NotCanonical) as refused:
        event_bytes(event)
    assert str(refused.value) == message


def test_an_event_may_take_all_of_16_kib() -> None:
    assert len(event_bytes({"body": "x" * (16384 - 11)})) == 16384
