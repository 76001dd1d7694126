"""Coming in and going out: log in, log out, a forgotten password, the first admin, an invitation."""

import re
from datetime import datetime
from urllib.parse import quote

import pytest
from django.test import Client

from accounts import links, queries, services
from accounts.models import Group, Invitation, User
from audit.actor import OPERATOR
from tests.cast import PASSWORD, Stage
from tests.console.conftest import Browse

NEW = "four unrelated words"
SETUP = {"name": "Eve", "email": "eve@example.com", "password": NEW, "workspace_name": "Acme", "slug": "acme"}


def log_in(client: Client, **changed: str) -> str:
    answer = client.post("/login/", {"email": "ada@example.com", "password": PASSWORD, **changed})
    return str(answer.headers.get("Location", answer.status_code))


def test_ada_comes_to_the_page_that_she_asked_for(stage: Stage, client: Client) -> None:
    asked = client.get("/w/demo/history")
    assert asked.headers["Location"] == "/login/?next=/w/demo/history"
    form = client.get(asked.headers["Location"]).text
    assert '<input type="hidden" name="next" value="/w/demo/history"' in form
    assert log_in(client, next="/w/demo/history") == "/w/demo/history"
    assert client.get("/login/").headers["Location"] == "/"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "///evil.example/",
        "javascript:alert(1)",
        "http:/evil.example",
        "evil",
        "/\t/evil.example",
    ],
)
def test_she_never_leaves_for_another_site(stage: Stage, client: Client, address: str) -> None:
    assert log_in(client, next=address) == "/"


def test_the_session_key_is_a_new_one(stage: Stage, client: Client) -> None:
    client.get("/login/")
    log_in(client)
    first = client.session.session_key
    client.post("/logout/")
    log_in(client)
    assert client.session.session_key != first


def test_a_session_of_before_is_not_taken_over(stage: Stage, client: Client) -> None:
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    log_in(client)
    assert client.session.session_key != planted
    assert Client(headers={"cookie": f"session={planted}"}).get("/w/demo/settings/profile").status_code == 302


@pytest.mark.parametrize(
    ("changed", "field", "told"),
    [
        ({"password": "wrong"}, "", "E-mail and password do not match."),
        ({"email": "nobody@example.com"}, "", "E-mail and password do not match."),
        ({"email": "ada"}, "id_email", "Enter a valid email address."),
        ({"password": ""}, "id_password", "This field is required."),
    ],
)
def test_a_refusal_says_why_and_keeps_the_password_to_itself(
    stage: Stage, client: Client, changed: dict[str, str], field: str, told: str
) -> None:
    answer = client.post("/login/", {"email": "ada@example.com", "password": PASSWORD, **changed})
    assert answer.status_code == 422
    assert told in answer.text
    assert PASSWORD not in answer.text
    assert (f'aria-describedby="{field}_error"' in answer.text) is bool(field)


def test_after_five_wrong_passwords_the_door_stays_shut(stage: Stage, client: Client) -> None:
    for _ in range(5):
        assert log_in(client, password="wrong") == "422"
    answer = client.post("/login/", {"email": "ada@example.com", "password": PASSWORD})
    assert answer.status_code == 429
    assert "Too many attempts. Wait 15 minutes and try again." in answer.text
    assert client.session.get("_auth_user_id") is None


def test_logging_out_ends_the_session_and_needs_a_button(stage: Stage, client: Client) -> None:
    log_in(client)
    assert client.get("/logout/").status_code == 405
    assert client.get("/w/demo/settings/profile").status_code == 200
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert client.get("/w/demo/settings/profile").status_code == 302


@pytest.mark.parametrize("address", ["/login/", "/logout/", "/password/"])
def test_no_form_is_taken_from_another_site(stage: Stage, address: str) -> None:
    assert Client(enforce_csrf_checks=True).post(address, {"email": "ada@example.com"}).status_code == 403


def test_whether_anybody_has_an_address_is_not_told(stage: Stage, client: Client) -> None:
    pages = [client.post("/password/", {"email": f"{name}@example.com"}) for name in ("ada", "nobody")]
    assert [page.status_code for page in pages] == [200, 200]
    texts = [re.sub(r'nonce="[^"]+"', "", page.text) for page in pages]
    assert texts[0].replace("ada@", "nobody@") == texts[1]


def test_ada_chooses_a_new_password(stage: Stage, client: Client) -> None:
    link = f"/password/{stage.people['ada']}/{links.for_reset(User.objects.get(id=stage.people['ada']))}/"
    assert client.post(link, {"password": "short"}).status_code == 422
    assert client.post(link, {"password": NEW}).headers["Location"] == "/login/"
    assert client.get(link).status_code == 410
    assert log_in(client, password=NEW) == "/"


@pytest.mark.parametrize(
    "link", ["/password/usr_x/abc-def/", "/setup/abc/", "/invitations/abc/", f"/setup/{quote('é')}/"]
)
def test_a_link_that_is_not_ours_is_refused(stage: Stage, client: Client, link: str) -> None:
    for answer in (client.get(link), client.post(link, {"password": NEW, "name": "Mallory"})):
        assert answer.status_code == 410
        assert "This link was used, withdrawn, or has run out." in answer.text


@pytest.mark.django_db
def test_the_first_visit_makes_the_first_admin(client: Client, at: datetime) -> None:
    assert "Nobody has an account yet." in client.get("/login/").text
    link = services.setup_link(actor=OPERATOR, at=at)
    assert client.get(link).status_code == 200
    refused = client.post(link, {**SETUP, "slug": "acme inc"})
    assert (refused.status_code, 'id="id_slug_error"' in refused.text) == (422, True)
    assert client.post(link, SETUP).headers["Location"] == "/w/acme/settings/agents"
    assert client.get("/w/acme/settings/agents").status_code == 200
    assert client.get(link).status_code == 410
    assert "Nobody has an account yet." not in Client().get("/login/").text


def invited(stage: Stage, at: datetime, email: str) -> str:
    invitation_id = services.invite(actor=OPERATOR, at=at, workspace_id=stage.id, email=email, role="reviewer")
    return f"/invitations/{links.for_invitation(invitation_id)}/"


def test_finn_accepts_and_is_in(stage: Stage, client: Client, at: datetime) -> None:
    link = invited(stage, at, "finn@example.com")
    assert "finn@example.com is invited as reviewer." in client.get(link).text
    assert client.post(link, {"name": "Finn", "password": "short"}).status_code == 422
    assert client.post(link, {"name": "Finn", "password": NEW}).headers["Location"] == "/w/demo/queue"
    assert client.get("/w/demo/settings/profile").status_code == 200
    assert client.get(link).status_code == 410


def test_cleo_says_yes_and_still_has_to_log_in(stage: Stage, other: Stage, client: Client, at: datetime) -> None:
    link = invited(stage, at, "cleo@example.com")
    page = client.get(link).text
    assert re.findall(r'name="(\w+)"', page).count("password") == 0
    assert client.post(link).headers["Location"] == "/w/demo/queue"
    assert client.get("/w/demo/settings/profile").status_code == 302
    assert queries.workspaces_of(other.people["cleo"]) == [("demo", "Demo"), ("other", "Other")]


def test_eve_invites_into_groups_and_finn_reads_which_are_left(
    stage: Stage, client: Client, browse: Browse, at: datetime
) -> None:
    given = {"email": "finn@example.com", "role": "reviewer", "groups": ["reviewers", "finance"]}
    eve = browse("eve")
    page = eve.post("/w/demo/settings/people", given, follow=True).text
    assert "finn@example.com as reviewer in finance, reviewers, until" in page
    refused = eve.post("/w/demo/settings/people", {**given, "groups": ["nobody"]})
    assert (refused.status_code, "nobody is not one of the available choices" in refused.text) == (422, True)
    Group.everywhere.filter(workspace_id=stage.id, handle="finance").delete()
    link = f"/invitations/{links.for_invitation(Invitation.objects.get().id)}/"
    page = client.get(link).text
    assert "finn@example.com is invited as reviewer, into Reviewers." in page
    assert "No longer there, so left out: finance." in page
    told = client.post(link, {"name": "Finn", "password": NEW}, follow=True).text
    assert "You belong to Demo now, as reviewer, in Reviewers." in told
    assert "No longer there, so you are not in: finance." in told
