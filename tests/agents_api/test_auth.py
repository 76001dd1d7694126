"""Who is let in, as whom, and who is told why not."""

import time
import zlib
from datetime import timedelta

import pytest

from accounts import services as accounts
from accounts.models import ApiKey
from agents_api import auth
from audit.actor import OPERATOR
from tests.agents_api.calling import Api, otto, person
from tests.cast import Stage

UNKNOWN = "csk_01m7wazxb0esgvqf5qdsgq3vw5_" + "0" * 32


def checked(head: str) -> str:
    return f"{head}{zlib.crc32(head.encode()):08x}"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "no_credentials"),
        ("Bearer", "malformed_key"),
        ("Bearer csk_1", "malformed_key"),
        ("Basic dXNlcjpwYXNz", "malformed_key"),
        ("Bearer " + UNKNOWN + "00000000", "malformed_key"),
        ("Bearer " + checked(UNKNOWN), "unknown_key"),
        ("Bearer " + checked(UNKNOWN.replace("csk", "csp")), "unknown_key"),
    ],
)
@pytest.mark.parametrize("path", ["/actions", "/actions/act_01m7wazxb0esgvqf5qdsgq3vw5", "/whoami"])
def test_nobody_gets_in_without_a_live_key(db: None, header: str, code: str, path: str) -> None:
    api = Api("")
    answer = api.get(path, **({"Authorization": header} if header else {}))
    assert (answer.status, answer.problem.code) == (401, code)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="countersign"'


def test_a_session_cookie_is_not_accepted(stage: Stage) -> None:
    api = Api("")
    api.client.cookies["session"] = "anything"
    assert api.get("/actions").problem.code == "no_credentials"


def test_the_scheme_may_be_written_in_any_case(stage: Stage) -> None:
    assert Api("").get("/whoami", Authorization=f"bearer {stage.keys['otto']}").status == 200


def test_a_revoked_key_writes_nothing_though_it_is_still_remembered(stage: Stage) -> None:
    agent = otto(stage)
    assert agent.submit().status == 201
    accounts.revoke_key(actor=OPERATOR, at=stage.at, workspace_id=stage.id, key_id=stage.otto.key_id)
    answer = agent.submit()
    assert (answer.status, answer.problem.code) == (401, "key_revoked")


def test_a_key_is_remembered_for_five_seconds(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = otto(stage)
    assert agent.get("/whoami").status == 200
    accounts.revoke_key(actor=OPERATOR, at=stage.at, workspace_id=stage.id, key_id=stage.otto.key_id)
    monkeypatch.setattr(auth, "KEEP", -1.0)
    for kept in list(auth._kept.values()):
        assert kept.until - time.monotonic() <= 5.0
    auth._kept.clear()
    assert agent.get("/whoami").problem.code == "unknown_key"


def test_a_persons_rights_are_read_each_time(stage: Stage) -> None:
    ben = person(stage, "ben")
    assert ben.get("/whoami").json["person"]["role"] == "reviewer"
    accounts.end_membership(actor=OPERATOR, at=stage.at, workspace_id=stage.id, user_id=stage.people["ben"])
    assert ben.get("/whoami").problem.code == "unknown_key"


@pytest.mark.parametrize("name", ["ada", "ben", "vera", "dana", "eve"])
def test_people_do_not_act_as_agents(stage: Stage, name: str) -> None:
    action = otto(stage).submit().action
    api = person(stage, name)
    for path in ("", "/batch", "/validate"):
        assert api.post(f"/actions{path}", {}).problem.code == "not_an_agent"
    for verb in ("spend", "result", "withdraw", "messages"):
        assert api.post(f"/actions/{action.id}/{verb}", {}).problem.code == "not_an_agent"


def test_an_agents_key_never_decides(stage: Stage) -> None:
    agent = otto(stage)
    action = agent.submit().action
    answer = agent.review(action)
    assert (answer.status, answer.problem.code) == (403, "keys_never_decide")
    assert agent.get(f"/actions/{action.id}").action.state == "pending"


def test_a_service_account_has_no_actions(stage: Stage) -> None:
    issued = accounts.issue_key(actor=OPERATOR, at=stage.at, workspace_id=stage.id, name="siem", scopes=["audit:read"])
    service = Api(issued.token)
    assert service.get("/whoami").json["agent"] is None
    assert service.get("/actions").problem.code == "not_an_agent"
    assert service.submit().problem.code == "not_an_agent"


def test_the_use_of_a_key_is_noted(stage: Stage) -> None:
    otto(stage).get("/whoami")
    last_used_at = ApiKey.everywhere.get(id=stage.otto.key_id).last_used_at
    assert last_used_at is not None
    assert abs(last_used_at - stage.at) < timedelta(minutes=1)


def test_whoami_tells_a_key_and_a_person_what_they_are(stage: Stage) -> None:
    told = otto(stage).get("/whoami").json
    assert told["agent"] == {"id": stage.otto.agent_id, "name": "otto"}
    assert (told["key"]["scopes"], told["tier"], told["person"]) == (["actions:write"], "autonomous", None)
    told = person(stage, "ada").get("/whoami").json
    assert told["person"] == {
        "id": stage.people["ada"],
        "name": "Ada",
        "role": "lead",
        "groups": ["finance", "reviewers"],
    }
