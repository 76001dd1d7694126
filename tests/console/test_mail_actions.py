"""Letters about actions: they tell and link, decide nothing, and nothing of an agent's comes alive in them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client, override_settings

from accounts import services as accounts
from accounts.models import User
from approvals import services
from approvals.answers import ActionView
from audit.actor import OPERATOR, Door
from console.live import deliver as live
from console.mail import deliver
from console.mail.quoting import in_subject, quoted
from outbox.models import Message
from outbox.types import Delivery, TransientFailure
from tests.cast import POLICY, Stage, use_policy

BASE = "http://127.0.0.1:8000"
MARKUP = (
    "</code></td></table><script>alert(1)</script><img src=https://evil.example/x.png>"
    '<a href="https://evil.example/approve">Approve</a>{{ 7|add:7 }}{% csrf_token %}![x](https://evil.example)'
)
HOSTILE: dict[str, Any] = {
    "markup": MARKUP,
    "layout": "80\n\nhttps://evil.example/approve\r\nBcc: mallory@evil.example",
    "bidi": "INV-2291 \u202egpj.oediv\u2066",
    "payee": "N\u043erthwind Supplies",
    "hidden": "tag\U000e0041s \u200b\u3164\u2800\ufeff",
    "ansi": "\x1b[2J\x1b[31mred",
    "memo": "x" * 50_000 + " and pay Mallory instead " + "y" * 5_000,
}
LIVE_CHARACTERS = {"\u202e", "\u2066", "\u200b", "\u3164", "\u2800", "\ufeff", "\x1b", "\U000e0041", "\r"}


@pytest.fixture
def ada_wants_each(stage: Stage) -> None:
    want(stage, "ada", "each")
    want(stage, "ben", "off")


def want(stage: Stage, name: str, letters: str) -> None:
    accounts.choose_letters(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, user_id=stage.people[name], letters=letters
    )


def passed_on(sink: str) -> list[Delivery]:
    """What waits for a sink, taken out of the outbox as the relay does."""
    rows = list(Message.objects.filter(sink=sink).order_by("id"))
    Message.objects.filter(sink=sink).delete()
    return [
        Delivery(row.pk, row.workspace_id, row.kind, row.subject, row.payload, row.attempts, row.created_at)
        for row in rows
    ]


def post(stage: Stage, after: timedelta = timedelta(minutes=1)) -> list[EmailMultiAlternatives]:
    """Everything that is owed goes out; the letters."""
    for message in passed_on("live"):
        live.send(message)
    services.promise_letters(at=stage.at + after)
    for message in passed_on("mail"):
        deliver.send(message)
    return [letter for letter in mail.outbox if isinstance(letter, EmailMultiAlternatives)]


def parts(letter: EmailMultiAlternatives) -> tuple[str, str]:
    [html] = letter.alternatives
    return str(letter.body), str(html[0])


@pytest.mark.usefixtures("ada_wants_each")
def test_ada_is_told_that_a_refund_waits(stage: Stage) -> None:
    view = stage.submit(summary="Approved by legal, press the button")
    [letter] = post(stage)
    plain, html = parts(letter)
    assert (letter.to, letter.subject) == (["ada@example.com"], "[demo] medium risk: billing.refund waits for you")
    assert plain.startswith(
        "Hello Ada,\n\nWaits for your decision: billing.refund\n  Refunds 80 USD to customer cus_1.\n"
    )
    assert "  amount_usd = 80\n  customer_id = cus_1\n" in plain
    for part in (plain, html):
        assert f"{BASE}/w/demo/actions/{view.id}" in part
        assert "Approved by legal" not in part
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"


@pytest.mark.usefixtures("ada_wants_each")
def test_its_link_decides_nothing_and_asks_for_a_log_in(stage: Stage, client: Client) -> None:
    view = stage.submit()
    [letter] = post(stage)
    links = re.findall(rf"{BASE}(/\S+)", str(letter.body))
    assert links == [f"/w/demo/actions/{view.id}", "/w/demo/settings/notifications"]
    assert client.get(links[0]).headers["Location"] == f"/login/?next={links[0]}"
    client.force_login(User.objects.get(id=stage.people["ada"]))
    assert [client.get(link).status_code for link in links] == [200, 200]
    assert stage.review("ada", view).state == "approved"


@pytest.mark.usefixtures("ada_wants_each")
def test_a_second_delivery_sends_nothing_more(stage: Stage) -> None:
    stage.submit()
    for message in passed_on("live"):
        live.send(message)
        live.send(message)
    services.promise_letters(at=stage.at + timedelta(minutes=1))
    [promise] = passed_on("mail")
    deliver.send(promise)
    deliver.send(promise)
    assert len(mail.outbox) == 1


@pytest.mark.usefixtures("ada_wants_each")
def test_a_letter_that_could_not_be_sent_stays_owed_under_the_same_id(stage: Stage) -> None:
    stage.submit()
    for message in passed_on("live"):
        live.send(message)
    services.promise_letters(at=stage.at + timedelta(minutes=1))
    [promise] = passed_on("mail")
    smtp = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": 1}
    with override_settings(**smtp, EMAIL_TIMEOUT=2), pytest.raises(TransientFailure):
        deliver.send(promise)
    deliver.send(promise)
    [letter] = mail.outbox
    assert letter.extra_headers["Message-ID"].endswith(f".{stage.people['ada']}@countersign>")


@pytest.mark.usefixtures("ada_wants_each")
def test_many_at_once_are_one_letter_with_a_line_each(stage: Stage) -> None:
    views = [stage.submit(args={"customer_id": f"cus_{n}", "amount_usd": 80}) for n in range(25)]
    [letter] = post(stage)
    plain, html = parts(letter)
    assert letter.subject == "[demo] 25 actions wait for you"
    for part in (plain, html):
        assert sum(view.id in part for view in views) == 20
    assert f"And 5 more: {BASE}/w/demo/queue" in plain
    assert "amount_usd" not in plain


@pytest.mark.usefixtures("ada_wants_each")
def test_ada_is_told_once_more_before_the_time_is_over(stage: Stage) -> None:
    view = stage.submit()
    post(stage)
    first, second = post(stage, view.target_at - stage.at)
    assert second.subject == "[demo] billing.refund still waits for you"
    assert "Nobody has decided yet: it expires in" in str(second.body)
    assert first.extra_headers["Message-ID"] != second.extra_headers["Message-ID"]


def test_ben_is_told_of_the_answer_to_his_question(stage: Stage) -> None:
    view = stage.submit()
    ben = stage.member("ben")
    services.ask(
        actor=ben.actor(Door.WEB, "password"), at=stage.at, member=ben, action_id=view.id, text="Which charge?"
    )
    answer(stage, view, "See https://evil.example/now\nYou asked: nothing")
    [letter] = post(stage)
    plain, html = parts(letter)
    assert (letter.to, letter.subject) == (
        ["ben@example.com"],
        "[demo] Your question about billing.refund was answered",
    )
    assert (
        "  You asked: Which charge?\n"
        "  The agent says (untrusted): See https[://]evil[.]example/now«U+000A» You asked: nothing\n" in plain
    )
    assert "<blockquote>See https[://]evil[.]example/now" in html


def answer(stage: Stage, view: ActionView, text: str) -> None:
    services.answer(
        actor=stage.otto.actor, at=stage.at + timedelta(seconds=1), caller=stage.otto, action_id=view.id, text=text
    )


@pytest.mark.usefixtures("ada_wants_each")
@pytest.mark.parametrize("tool", ["bank.wire", "billing.refund"])
def test_nothing_hostile_comes_alive(stage: Stage, tool: str) -> None:
    args = (
        HOSTILE if tool == "bank.wire" else {"customer_id": MARKUP[40:115], "amount_usd": 80, "note": HOSTILE["layout"]}
    )
    claims: dict[str, Any] = {"summary": MARKUP, "reasoning": MARKUP, "intent": MARKUP, "metadata": {"k": MARKUP}}
    stage.submit(tool, args, **claims)
    [letter] = post(stage)
    plain, html = parts(letter)
    for text in (str(letter.subject), plain, html):
        assert LIVE_CHARACTERS & set(text) == set()
        assert "https://evil" not in text
        assert "evil.example" not in text
    assert re.findall(r"<(script|img|style|form|iframe)", html) == []
    assert set(re.findall(r'(?:href|src)="([^"]+)"', html)) == {
        link for link in re.findall(rf"{BASE}/\S+", plain) if link
    }
    assert [line for line in plain.splitlines() if line.startswith(("Bcc", "http"))] == []
    assert len(plain) < 4000


@pytest.mark.usefixtures("ada_wants_each")
def test_long_values_are_cut_and_say_so(stage: Stage) -> None:
    stage.submit("bank.wire", {"memo": HOSTILE["memo"], **{f"a{n:04}": n for n in range(500)}})
    [letter] = post(stage)
    plain, html = parts(letter)
    assert "  and 491 more arguments: open to see all\n" in plain
    assert "And 491 more arguments: open to see all." in html
    stage.submit("bank.wire", {"memo": HOSTILE["memo"]})
    *_, second = post(stage)
    assert f"{'x' * 120}… (55,025 characters in all: open to see them)" in str(second.body)


@pytest.mark.usefixtures("ada_wants_each")
def test_a_tool_that_nobody_described_is_uninspectable(stage: Stage) -> None:
    stage.submit("bank.wire", {"iban": "DE89"})
    [letter] = post(stage)
    assert all("Uninspectable: the policy does not say what this tool does." in part for part in parts(letter))


def test_a_serious_risk_is_told_without_any_choice(stage: Stage) -> None:
    use_policy(stage, POLICY.replace("risk: medium", "risk: high"))
    stage.submit()
    assert sorted(letter.to for letter in post(stage)) == [["ada@example.com"], ["ben@example.com"]]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("80.50 USD on 20.11.2026 at 10.0.0.1", "80.50 USD on 20.11.2026 at 10.0.0.1"),
        ("ada@example.com", "ada@example[.]com"),
        ("http://EVIL.example", "http[://]EVIL[.]example"),
        ("evil.пример", "evil[.]пример"),
        ("a\nb\tc", "a«U+000A» b«U+0009» c"),
        ("End of sentence. Next", "End of sentence. Next"),
        ("", ""),
    ],
)
def test_a_quoted_text_is_one_line_without_addresses(text: str, line: str) -> None:
    assert quoted(text, 200) == line


def test_a_subject_is_one_short_line() -> None:
    assert in_subject("t" * 81) == "t" * 80 + "…"
    assert in_subject("a\r\nBcc: x") == "a«U+000D»«U+000A» Bcc: x"
