"""How streams and webhooks stand, over REST: for those who read the log, and for admins."""

import msgspec
import pytest

from accounts import services as accounts
from accounts.services import endpoints
from agents_api.hook_documents import LogStreamOut, LogStreamsOut, WebhookOut, WebhooksOut
from audit.actor import OPERATOR
from compliance.models import Stream
from compliance.services import streaming
from outbox.models import Endpoint, Message
from tests.agents_api.calling import Api, otto, person
from tests.cast import Stage


def reader(stage: Stage) -> Api:
    issued = accounts.issue_key(actor=OPERATOR, at=stage.at, workspace_id=stage.id, name="siem", scopes=["audit:read"])
    return Api(issued.token)


def begin(stage: Stage) -> str:
    return streaming.start_stream(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, url="https://siem.example/in", form="ocsf", with_values=True
    ).id


def add(stage: Stage) -> str:
    return endpoints.add_endpoint(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, url="https://hooks.example/in", kinds=["gate.verdict"]
    ).id


def test_a_service_account_reads_how_the_streams_stand(stage: Stage, other: Stage) -> None:
    stream_id, _ = begin(stage), begin(other)
    Stream.everywhere.filter(pk=stream_id).update(failing_since=stage.at, last_error="The receiver answered 403.")
    listed = msgspec.json.decode(reader(stage).get("/audit/streams").body, type=LogStreamsOut)
    (only,) = listed.items
    assert (only.id, only.format, only.values, only.state) == (stream_id, "ocsf", True, "failing")
    assert (only.last_error, only.begun_by, only.behind, listed.next) == (
        "The receiver answered 403.",
        OPERATOR.label,
        0,
        None,
    )
    one = msgspec.json.decode(reader(stage).get(f"/audit/streams/{stream_id}").body, type=LogStreamOut)
    assert one == only


@pytest.mark.parametrize(("who", "status"), [("dana", 200), ("eve", 200), ("ben", 403), ("vera", 403)])
def test_people_see_streams_by_their_role(stage: Stage, who: str, status: int) -> None:
    assert person(stage, who).get("/audit/streams").status == status


def test_agents_see_neither(stage: Stage) -> None:
    answers = [otto(stage).get(path).status for path in ("/audit/streams", "/webhooks", f"/webhooks/{add(stage)}")]
    assert answers == [403, 403, 403]


def test_an_ended_stream_is_not_there(stage: Stage) -> None:
    stream_id = begin(stage)
    streaming.end_stream(actor=OPERATOR, at=stage.at, workspace_id=stage.id, stream_id=stream_id)
    assert reader(stage).get(f"/audit/streams/{stream_id}").status == 404
    assert reader(stage).get("/audit/streams").json == {"items": [], "next": None}


def test_eve_reads_how_webhooks_stand_and_no_secret(stage: Stage) -> None:
    endpoint_id = add(stage)
    answer = person(stage, "eve").get("/webhooks")
    (only,) = msgspec.json.decode(answer.body, type=WebhooksOut).items
    assert (only.id, only.agent, only.types, only.state) == (endpoint_id, None, ["gate.verdict"], "ready")
    assert b"whsec_" not in answer.body
    one = person(stage, "eve").get(f"/webhooks/{endpoint_id}")
    assert msgspec.json.decode(one.body, type=WebhookOut) == only


@pytest.mark.parametrize("who", ["ada", "ben", "vera", "dana"])
def test_only_admins_see_webhooks(stage: Stage, who: str) -> None:
    api, endpoint_id = person(stage, who), add(stage)
    answers = [
        api.get("/webhooks"),
        api.get(f"/webhooks/{endpoint_id}"),
        api.post(f"/webhooks/{endpoint_id}/test", {}),
    ]
    assert [answer.status for answer in answers] == [403, 403, 403]


def test_eve_sends_a_test_once(stage: Stage) -> None:
    path = f"/webhooks/{add(stage)}/test"
    first, second = (person(stage, "eve").post(path, {}, "k1") for _ in range(2))
    assert (first.status, second.status, second.replayed) == (200, 200, True)
    assert [row.kind for row in Message.objects.filter(sink="webhook")] == ["webhook.tested"]


def test_a_removed_one_takes_no_test(stage: Stage) -> None:
    endpoint_id = add(stage)
    Endpoint.everywhere.update(ended_at=stage.at)
    assert person(stage, "eve").post(f"/webhooks/{endpoint_id}/test", {}).status == 404
