"""Whatever a search would find is suspected before, however it stands in its text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.redaction import redacted, searched
from feedback.suspicion import _SIGNS, suspects
from tests.feedback.test_redaction import PLANTED

SHORT_IBANS = ["NL91ABNA0417164300", "NO9386011117947", "BE68539007547034", "MT84MALT011000012345MTLCAST001S"]
AROUND = st.text(alphabet='nDE8\n\t\r\x1f\x7f\\"/ -_.:(\u00a0\u00e9\u6f22\U0001f600', max_size=3)
JOINTS = st.sampled_from(["", "", " ", "-", "\u00a0", "\u202f"])


@pytest.mark.parametrize(("sign", "run"), _SIGNS)
def test_a_sign_is_found_in_the_text_that_has_it_and_in_no_other(sign: bytes, run: bytes) -> None:
    assert run in sign
    clean = b'{"note":"a late parcel, order 12"}'
    texts = [clean, sign, clean, b'{"x":"' + sign.upper(), clean, sign + clean]
    assert suspects(texts) == [False, True, False, True, False, True]


@given(AROUND, st.sampled_from([*PLANTED, *SHORT_IBANS]), st.integers(1, 5), JOINTS, AROUND)
def test_what_a_search_finds_is_suspected(before: str, secret: str, size: int, joint: str, after: str) -> None:
    grouped = joint.join(secret[at : at + size] for at in range(0, len(secret), size))
    tree = {"note": before + grouped + after}
    assert redacted(tree) == searched(tree)


@pytest.mark.parametrize("secret", SHORT_IBANS)
def test_an_account_number_at_the_beginning_of_a_line_is_hidden(secret: str) -> None:
    assert secret not in str(redacted({"note": f"Please pay to\n{secret}\nby Friday."}))


@pytest.mark.parametrize("text", ["order tr_24 of cus_50", "it is 50 USD, no 12, at 9 and by 10"])
def test_names_of_rows_and_small_numbers_rouse_no_suspicion(text: str) -> None:
    assert suspects([f'{{"note":"{text}"}}'.encode()]) == [False]
