"""Passkeys on the pages: what a person without script is told, what the script is given, and what the log says."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from accounts import services
from accounts.models import Passkey
from approvals import queries
from approvals.answers import ActionView
from tests.accounts.test_passkeys import add
from tests.approvals.test_step_up import SIGNED
from tests.authenticators import Authenticator
from tests.cast import PASSWORD, Stage, use_policy
from tests.console.conftest import Browse
from tests.console.test_action import address, seen, state

SETTINGS = "/w/demo/settings/passkeys"


def entered_before(client: Client, at: datetime, minutes: int) -> None:
    session = client.session
    services.introduce(session, at=at - timedelta(minutes=minutes), browser="Firefox on Linux")
    session.save()


def test_ada_adds_one_renames_it_and_removes_it(stage: Stage, browse: Browse) -> None:
    client, device = browse("ada"), Authenticator()
    assert "You have none." in client.get(SETTINGS).text
    options = client.post(f"{SETTINGS}/begin", {"name": "Laptop"}).json()
    given = {"name": "Laptop", "answer": device.create(options)}
    assert "The passkey is added." in client.post(f"{SETTINGS}/add", given, follow=True).text
    made = Passkey.objects.get().id
    assert "<h3>Laptop</h3>" in client.get(SETTINGS).text
    client.post(f"{SETTINGS}/{made}/rename", {"name": "Phone"})
    assert "<h3>Phone</h3>" in client.get(SETTINGS).text
    told = client.post(f"{SETTINGS}/{made}/remove", follow=True).text
    assert "The passkey is removed and signs nothing any more." in told
    assert "You have none." in told


def test_after_ten_minutes_the_password_is_asked_for(stage: Stage, browse: Browse) -> None:
    client = browse("ada")
    add(stage, "ada")
    assert client.get(SETTINGS).text.count('type="password"') == 0
    entered_before(client, stage.at, 11)
    assert client.get(SETTINGS).text.count('type="password"') == 2
    refused = client.post(f"{SETTINGS}/begin", {"name": "Laptop"})
    assert (refused.status_code, refused.json()["detail"]) == (
        403,
        "Give your password: you logged in more than 10 minutes ago.",
    )
    made = Passkey.objects.get().id
    told = client.post(f"{SETTINGS}/{made}/remove", follow=True).text
    assert "Give your password" in told
    assert (
        "The passkey is removed" in client.post(f"{SETTINGS}/{made}/remove", {"password": PASSWORD}, follow=True).text
    )


def test_without_script_the_page_says_what_is_missing(stage: Stage, browse: Browse) -> None:
    answer = browse("ada").post(f"{SETTINGS}/add", {"name": "Laptop"})
    assert answer.status_code == 422
    assert "Adding a passkey needs JavaScript, because your browser has to answer." in answer.text
    assert 'value="Laptop"' in answer.text


def test_a_console_without_a_name_says_so(stage: Stage, browse: Browse, settings: Settings) -> None:
    settings.BASE_URL = "http://10.0.0.7:8000"
    assert "this console is reached by a number" in browse("ada").get(SETTINGS).text


def test_leads_see_who_has_passkeys_and_reset_them(stage: Stage, browse: Browse) -> None:
    add(stage, "ben")
    assert "People with passkeys" not in browse("ben").get(SETTINGS).text
    ada = browse("ada")
    assert "ben@example.com: 1 passkey, not used yet." in ada.get(SETTINGS).text
    told = ada.post(f"/w/demo/settings/people/{stage.people['ben']}/passkeys/reset", follow=True).text
    assert "Their passkeys are removed." in told
    assert "Nobody has one yet." in told


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_however_many_there_are(
    stage: Stage, browse: Browse, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for name in ("ada", "ben", "eve")[:count]:
        add(stage, name)
    client = browse("ada")
    client.get(SETTINGS)
    # Django counts the reads that PostgreSQL answers through prepared statements nowhere.
    with django_assert_num_queries(9 if connection.vendor == "sqlite" else 8):
        client.get(SETTINGS)


def signed(stage: Stage) -> ActionView:
    use_policy(stage, SIGNED)
    return stage.submit()


def options_for(client: Client, view: ActionView, **more: str) -> dict[str, Any]:
    answer = client.post(address(view, "passkey"), seen(view, **more))
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_ada_approves_with_her_passkey(stage: Stage, browse: Browse) -> None:
    view, device, client = signed(stage), Authenticator(), browse("ada")
    add(stage, "ada", device)
    page = client.get(address(view)).text
    assert f'data-passkey="{address(view, "passkey")}"' in page
    assert "Your passkey signs them" in page
    form = seen(view, assertion=device.get(options_for(client, view)))
    told = client.post(address(view, "approve"), form, follow=True).text
    assert ("Approved billing.refund." in told, state(view)) == (True, "approved")
    assert "Signed with a passkey" in client.get(address(view, "history")).text
    assert queries.history(queries.find(stage.id, view.id))[-1].data["authenticated_by"] == "passkey"


def test_without_a_passkey_the_button_says_why_and_where(stage: Stage, browse: Browse) -> None:
    view = signed(stage)
    page = browse("ada").get(address(view)).text
    assert "Each approval here is signed by a passkey. You have no passkey yet." in page
    assert f'href="{SETTINGS}"' in page
    assert "data-passkey=" not in page


def test_without_script_nothing_is_approved_and_the_page_says_why(stage: Stage, browse: Browse) -> None:
    view = signed(stage)
    add(stage, "ada")
    answer = browse("ada").post(address(view, "approve"), seen(view))
    assert (answer.status_code, state(view)) == (403, "pending")
    assert "The policy asks for a passkey here. Nothing was changed." in answer.text


@pytest.mark.parametrize(
    ("who", "form", "status", "told"),
    [
        ("ada", {}, 403, "You have no passkey."),
        ("vera", {}, 403, "Your role may look but not decide."),
        ("ada", {"revision": "2"}, 409, "Revision 1 is the newest."),
        ("ada", {"digest": "x"}, 422, "The page was incomplete"),
        ("ada", {"args": "{"}, 422, "The page was incomplete"),
        ("ada", {"args": '{"customer_id": 1, "amount_usd": 5}'}, 422, "do not fit the tool's schema"),
    ],
)
def test_what_cannot_be_signed_is_said_in_a_sentence(
    stage: Stage, browse: Browse, who: str, form: dict[str, str], status: int, told: str
) -> None:
    view = signed(stage)
    answer = browse(who).post(address(view, "passkey"), {**seen(view), **form})
    assert (answer.status_code, told in answer.json()["detail"]) == (status, True)


def test_an_edit_is_signed_over_its_own_arguments(stage: Stage, browse: Browse) -> None:
    view, device, client = signed(stage), Authenticator(), browse("ada")
    add(stage, "ada", device)
    args = '{"customer_id": "cus_1", "amount_usd": 70}'
    page = client.post(address(view, "edit"), seen(view, **{"from": "raw", "raw": args})).text
    assert "Your passkey signs exactly these arguments." in page
    answer = device.get(options_for(client, view, args=args))
    form = seen(view, args=args, assertion=answer, reason_code="amount_too_high")
    client.post(address(view, "edit/approve"), form)
    done = queries.find(stage.id, view.id)
    assert (done.state, done.args, done.votes[0].authenticated_by) == (
        "approved",
        b'{"amount_usd":70,"customer_id":"cus_1"}',
        "passkey",
    )


def test_what_asks_for_a_passkey_is_not_decided_together(stage: Stage, browse: Browse) -> None:
    use_policy(stage, SIGNED.replace("risk: medium", "risk: low"))
    view = stage.submit()
    assert "Decide those alike together" not in browse("ada").get(address(view)).text
