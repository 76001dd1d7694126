"""Who may open the pages of the settings, over all their addresses."""

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from accounts import services
from accounts.models import User
from audit.actor import OPERATOR
from console.web import settings_urls
from tests.cast import Stage
from tests.console.conftest import Browse

PATTERNS: list[URLPattern] = settings_urls.urlpatterns
OVERSEEN = {"exercises", "exercise-send", "passkeys-reset"}
KEYS = {"shortcuts", "shortcuts-switch", "shortcuts-reset"}
FOR_ALL = {
    "settings",
    "profile",
    "token-issue",
    "token-revoke",
    "password-change",
    "session-end",
    "sessions-end-others",
    "absence",
    "absence-cancel",
    "notifications",
    "passkeys",
    "passkey-begin",
    "passkey-add",
    "passkey-rename",
    "passkey-remove",
    *KEYS,
}
FOR_AUDITORS = {"deliveries"}
ADMINISTERED = sorted(str(p.name) for p in PATTERNS if p.name not in FOR_ALL | FOR_AUDITORS | OVERSEEN)
PAGES = {
    "people",
    "person",
    "groups",
    "agents",
    "agent",
    "keys",
    "settings",
    "profile",
    "deliveries",
    "absence",
    "notifications",
    "exercises",
    "passkeys",
    "shortcuts",
    "slack",
    "webhook",
    "webhooks",
}
PRESSED = sorted(str(p.name) for p in PATTERNS if p.name not in PAGES)


def address(name: str, stage: Stage, workspace: str = "demo") -> str:
    ids: dict[str, str | int] = {
        "user_id": stage.people["ben"],
        "invitation_id": "inv_01m7waf705ewrb8xtcdnheqcvh",
        "handle": "finance",
        "agent_id": stage.otto.agent_id,
        "version_id": "ver_01m7waf705ewrb8xtcdnheqcvh",
        "key_id": stage.otto.key_id,
        "token_id": "tok_01m7waf705ewrb8xtcdnheqcvh",
        "absence_id": "abs_01m7waf705ewrb8xtcdnheqcvh",
        "session_id": "0" * 64,
        "message_id": 1,
        "route_id": "slr_01m7waf705ewrb8xtcdnheqcvh",
        "channel_id": "slh_01m7waf705ewrb8xtcdnheqcvh",
        "team_id": "slt_01m7waf705ewrb8xtcdnheqcvh",
        "passkey_id": "pky_01m7waf705ewrb8xtcdnheqcvh",
        "identity_id": "sli_01m7waf705ewrb8xtcdnheqcvh",
        "endpoint_id": "whk_01m7waf705ewrb8xtcdnheqcvh",
    }
    pattern = next(p for p in PATTERNS if p.name == name)
    wanted = pattern.pattern.converters
    return reverse(name, kwargs={"workspace": workspace, **{key: ids[key] for key in wanted}})


@pytest.mark.parametrize("name", [str(p.name) for p in PATTERNS])
def test_without_a_session_there_is_only_the_log_in_page(stage: Stage, client: Client, name: str) -> None:
    asked = address(name, stage)
    answer = client.post(asked)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/login/?next={asked}")


@pytest.mark.parametrize("name", [str(p.name) for p in PATTERNS])
def test_to_cleo_the_workspace_does_not_exist(stage: Stage, other: Stage, client: Client, name: str) -> None:
    client.force_login(User.objects.get(id=other.people["cleo"]))
    assert client.post(address(name, stage)).status_code == 404
    assert client.get(address(name, stage)).status_code == 404


@pytest.mark.parametrize("name", ADMINISTERED)
@pytest.mark.parametrize("person", ["ada", "ben", "vera", "dana"])
def test_only_an_admin_manages(stage: Stage, browse: Browse, person: str, name: str) -> None:
    answer = browse(person).post(address(name, stage))
    assert answer.status_code == 403
    assert "An admin can change it." in answer.text


@pytest.mark.parametrize("name", sorted(OVERSEEN))
@pytest.mark.parametrize(("person", "may"), [("eve", True), ("ada", True), ("ben", False), ("dana", False)])
def test_leads_and_admins_send_test_actions_and_reset_passkeys(
    stage: Stage, browse: Browse, person: str, name: str, may: bool
) -> None:
    answer = browse(person).post(address(name, stage))
    assert (answer.status_code != 403) is may


@pytest.mark.parametrize(("person", "status"), [("ada", 403), ("ben", 403), ("vera", 403), ("dana", 200), ("eve", 200)])
def test_deliveries_are_for_admins_and_auditors(stage: Stage, browse: Browse, person: str, status: int) -> None:
    assert browse(person).get("/w/demo/settings/deliveries").status_code == status


@pytest.mark.parametrize("person", ["ada", "ben", "vera", "dana", "eve"])
def test_everybody_has_an_account_page(stage: Stage, browse: Browse, person: str) -> None:
    assert browse(person).get("/w/demo/settings/profile").status_code == 200


@pytest.mark.parametrize(("person", "first"), [("eve", "people"), ("ada", "profile")])
def test_settings_begin_with_what_one_may_open(stage: Stage, browse: Browse, person: str, first: str) -> None:
    answer = browse(person).get("/w/demo/settings/")
    assert answer.headers["Location"] == f"/w/demo/settings/{first}"


@pytest.mark.parametrize(
    "name", [str(p.name) for p in PATTERNS if p.name not in {"settings", "profile", "agent", "deliveries"}]
)
def test_no_form_is_taken_from_another_site(stage: Stage, name: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(id=stage.people["eve"]))
    assert client.post(address(name, stage)).status_code == 403
    assert stage.member("ben").role == "reviewer"


@pytest.mark.parametrize("name", PRESSED)
def test_nothing_changes_by_following_a_link(stage: Stage, browse: Browse, name: str) -> None:
    assert browse("eve").get(address(name, stage)).status_code == 405


@pytest.mark.parametrize(
    "name",
    [
        "person",
        "person-sessions-end",
        "person-absence-cancel",
        "agent",
        "agent-owner",
        "agent-disable",
        "agent-enable",
        "agent-key",
        "agent-test",
        "key-rotate",
        "key-revoke",
    ],
)
def test_what_belongs_to_another_workspace_is_not_there(stage: Stage, other: Stage, client: Client, name: str) -> None:
    cleo = User.objects.get(id=other.people["cleo"])
    services.change_role(actor=OPERATOR, at=other.at, workspace_id=other.id, user_id=cleo.id, role="admin")
    client.force_login(cleo)
    asked = address(name, stage, workspace="other")
    answer = client.get(asked) if name in {"agent", "person"} else client.post(asked, {"owner": cleo.id})
    assert answer.status_code == 404
    assert stage.member("eve").role == "admin"
