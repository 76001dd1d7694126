"""Redaction: what is planted is gone, what is not stays, and types and shapes hold."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback import cards, iban
from feedback.redaction import redacted
from tests.json_trees import strict_trees

# Published test numbers of the networks, and the examples of the IBAN registry.
CARDS = ["4111111111111111", "5555555555554444", "378282246310005", "6011111111111117", "2223003122003222"]
IBANS = ["DE89370400440532013000", "GB29NWBK60161331926819", "NO9386011117947", "MT84MALT011000012345MTLCAST001S"]
EMAILS = ["ada@example.com", "ben.b+x@mail.example.co.uk", "ünïcode@exämple.org", "ada%40example.com"]
TOKENS = [
    "sk_live_" + "a1B2" * 6,
    "ghp_" + "a1B2c3D4e5" * 4,
    "xoxb-" + "1234567890-abcdef",
    "AKIAIOSFODNN7EXAMPLE",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLWJ5dGVz",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----",
    "csk_" + "0" * 26 + "_" + "a" * 40,
]
PLANTED = [*CARDS, *IBANS, *EMAILS, *TOKENS]


@pytest.mark.parametrize("secret", PLANTED)
@pytest.mark.parametrize(
    "text",
    ["{0}", "pay to {0} please", "({0})", "{0}, {0}.", "12 {0} 34", "x: {0}\n{0}", '"{0}"', "é {0} 漢", "id={0}&b=1"],
)
def test_what_is_planted_is_gone(secret: str, text: str) -> None:
    tree = {"note": text.format(secret), "list": [{"deep": secret}], secret: 1}
    clean, counts = redacted(tree)
    assert secret not in json.dumps(clean, ensure_ascii=False)
    assert sum(counts.values()) >= 3
    assert redacted(clean)[0] == clean


@pytest.mark.parametrize("number", CARDS)
@pytest.mark.parametrize("joint", [" ", "-", "\u00a0"])
def test_cards_in_groups_keep_their_groups(number: str, joint: str) -> None:
    grouped = joint.join(number[at : at + 4] for at in range(0, len(number), 4))
    clean, counts = redacted({"a": f"card {grouped} 12 times"})
    zeros = "0" * (len(number) - 1) + "1"
    shown = joint.join(zeros[at : at + 4] for at in range(0, len(number), 4))
    assert (clean, counts) == ({"a": f"card {shown} 12 times"}, {"card": 1})


def test_an_iban_in_groups_keeps_country_and_groups() -> None:
    clean, counts = redacted({"a": "to DE89 3704 0044 0532 0130 00 now"})
    assert (clean, counts) == ({"a": "to DE00 0000 0000 0000 0000 01 now"}, {"iban": 1})


def test_a_number_stays_a_number() -> None:
    clean, counts = redacted(
        {"card": 4111111111111111, "again": "4111111111111111", "cents": 9000, "at": 1732099200000}
    )
    assert clean == {"card": 1, "again": "0000000000000001", "cents": 9000, "at": 1732099200000}
    assert (type(clean["card"]), counts) == (int, {"card": 2})


def test_the_same_value_is_the_same_person_within_one_example() -> None:
    clean, _ = redacted({"a": "ada@example.com", "b": "ben@example.com", "c": "ADA@example.com"})
    one, two = "person-1@redacted.invalid", "person-2@redacted.invalid"
    assert clean == {"a": one, "b": two, "c": one}


def test_what_a_name_calls_secret_is_blanked_with_its_type() -> None:
    tree = {"password": "hunter2", "db": {"api_key": "k", "cvv": 123, "pin": "", "secret": [True, None, {"x": "y"}]}}
    clean, counts = redacted(tree)
    assert clean == {
        "password": "redacted-secret-1",
        "db": {"api_key": "redacted-secret-2", "cvv": 0, "pin": "", "secret": [True, None, {"x": "redacted-secret-4"}]},
    }
    assert counts == {"secret": 4}


@pytest.mark.parametrize(
    "text",
    [
        "order 4111111111111112",
        "DE88370400440532013000",
        "twitter @ada",
        "a@b",
        "sk_short",
        "1.2.3.4 and 2026-11-20T10:47:22Z",
        "act_01m7wbape3fhkb04k51a9twpe2",
        "sha256:" + "de89" * 16,
        "the bearer of news",
    ],
)
def test_what_only_looks_alike_stays(text: str) -> None:
    assert redacted({"a": text}) == ({"a": text}, {})


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted(map(str, map(shape, value.values())))
    if isinstance(value, list):
        return [shape(item) for item in value]
    return type(value).__name__


@given(strict_trees, st.sampled_from(PLANTED))
def test_shapes_stay_and_doing_it_again_changes_nothing(tree: Any, secret: str) -> None:
    clean, _ = redacted({"tree": tree, "planted": [secret]})
    assert shape(clean) == shape({"tree": tree, "planted": [secret]})
    assert redacted(clean) == (clean, redacted(clean)[1])
    assert redacted(clean)[0] == clean


@given(st.sampled_from(sorted(iban.LENGTHS)), st.integers(min_value=0, max_value=10**15))
def test_check_digits_are_those_of_iso_7064(country: str, account: int) -> None:
    """Made by the standard's own recipe: 98 less the remainder."""
    bare = str(account).zfill(iban.LENGTHS[country] - 4)[: iban.LENGTHS[country] - 4]
    turned = "".join(str(int(c, 36)) for c in f"{bare}{country}00")
    number = f"{country}{98 - int(turned) % 97:02}{bare}"
    assert iban.is_right(number)
    assert list(iban.found(f"to {number}.")) == [(3, 3 + len(number))]
    assert list(iban.found(iban.masked(number, 1))) == []
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert list(iban.found(wrong)) == []


@given(st.integers(min_value=10**11, max_value=10**17), st.sampled_from(["4", "51", "34", "6011"]))
def test_the_check_digit_of_a_card_is_luhns(body: int, network: str) -> None:
    digits = f"{network}{body}"[:18]
    right = [check for check in range(10) if cards.luhn(f"{digits}{check}")]
    assert len(right) == 1
    number = f"{digits}{right[0]}"
    assert list(cards.found(f"a {number} b")) == [(2, 2 + len(number))]
    assert list(cards.found(cards.masked(number, 1))) == []
