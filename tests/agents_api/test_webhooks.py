"""What happens in a workspace is told to the endpoints that its admins named: signed, to whom it concerns, until it
has arrived, and never with a grant.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connection, transaction
from pytest_django.fixtures import Settings

from accounts import errors
from accounts import services as accounts
from accounts.services import deliveries, endpoints
from agents_api import webhooks
from approvals.models import Notification
from approvals.services import incidents, stops
from approvals.services.escalating import Swept
from audit.actor import OPERATOR, Door
from audit.models import Event
from countersign import BadSignature
from outbox import queries
from outbox.models import Endpoint, Message, Sent
from tests.agents_api.calling import otto, person
from tests.approvals.escalating import sweep, with_plan
from tests.approvals.presses import answer, ask, find, grant_of, withdraw
from tests.cast import Stage, set_other_stage, use_policy
from tests.feedback.evaluating import answered, failing, gold, judged
from tests.feedback.test_signals import days, swept
from tests.hooking import EVERYTHING, Told, add, only, read, url, work
from tests.questions import questions
from tests.receiving import Receiver, receiver

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BY_WEBHOOK = """
escalations:
  ring:
    - {after: 10m, notify: [{person: ben}], channels: [webhook]}
"""


@pytest.fixture
def found(tmp_path: Path, settings: Settings) -> Iterator[Receiver]:
    with receiver(tmp_path) as made:
        settings.OUTWARD_HOSTS, settings.OUTWARD_CA_FILE = [f"127.0.0.1:{made.port}"], made.ca_file
        yield made


def told(stage: Stage, found: Receiver, secret: str) -> list[Told]:
    work(stage)
    return [read(request, secret, stage.at) for request in found.got]


def owed() -> list[tuple[str, str]]:
    rows = Message.objects.filter(sink="webhook").order_by("id")
    return [(row.kind, row.payload["endpoint"]) for row in rows]


def test_a_decision_is_told_as_the_api_gives_it_but_for_the_grant(stage: Stage, found: Receiver) -> None:
    secret = add(stage, found).secret
    view = stage.review("ben", stage.submit())
    (only_one,) = told(stage, found, secret)
    shown = otto(stage).get(f"/actions/{view.id}").json
    assert shown["decision"].pop("grant").count(".") == 2
    assert only_one.data["decision"].pop("grant") is None
    assert (only_one.type, only_one.data) == ("action.decided", shown)
    assert only_one.id == shown["decision"]["audit"]["event"]
    assert grant_of(stage, view).encode() not in found.got[0].body


def test_a_decision_of_policy_is_told_too(stage: Stage, found: Receiver) -> None:
    secret = add(stage, found).secret
    view = stage.submit("crm.delete", {"id": "7"})
    (only_one,) = told(stage, found, secret)
    assert (only_one.data["id"], only_one.data["decision"]["source"]) == (view.id, "policy")


def test_the_promise_and_the_change_are_one_transaction(stage: Stage, found: Receiver) -> None:
    add(stage, found)
    with transaction.atomic():
        stage.review("ben", stage.submit())
        assert len(owed()) == 1
        transaction.set_rollback(True)
    assert owed() == []


def test_a_workspace_without_webhooks_pays_nothing_for_them(stage: Stage, found: Receiver) -> None:
    counts = []
    for _ in range(2):
        view = stage.submit()
        stage.review("ben", stage.submit())
        with questions() as asked:
            stage.review("ben", view)
        counts.append(len(asked))
        add(stage, found)
    # Through the ORM each message is a statement of its own.
    assert counts[1] == counts[0] + (0 if connection.vendor == "postgresql" else 1)
    assert [kind for kind, _ in owed()] == ["action.decided"] * 2


def test_a_question_is_told_and_an_answer_is_not(stage: Stage, found: Receiver) -> None:
    secret = add(stage, found).secret
    view = stage.submit()
    ask(stage, "ben", view, "Which charge?")
    (only_one,) = told(stage, found, secret)
    answer(stage, view)
    assert (only_one.type, only_one.data["question"]) == ("action.question", "Which charge?")
    assert owed() == []


def test_an_endpoint_gets_what_it_takes_and_no_more(stage: Stage, found: Receiver) -> None:
    asked = add(stage, found, "action.question").id
    both = add(stage, found, "action.question", "action.decided").id
    view = stage.submit()
    ask(stage, "ben", view)
    withdraw(stage, view)
    expected = [("action.question", asked), ("action.question", both), ("action.decided", both)]
    assert sorted(owed()) == sorted(expected)


def test_an_agents_endpoint_hears_of_its_own_actions_alone(stage: Stage, found: Receiver) -> None:
    other = accounts.create_agent(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, name="mimi", owner_id=stage.people["eve"]
    )
    mine = add(stage, found, "action.decided", agent_id=stage.otto.agent_id).id
    add(stage, found, "action.decided", agent_id=other.id)
    stage.review("ben", stage.submit())
    assert owed() == [("action.decided", mine)]


def test_an_agents_endpoint_takes_nothing_of_the_workspace(stage: Stage, found: Receiver) -> None:
    for kind in ("stop_switch.changed", "gate.verdict", "signal.alert", "incident.opened"):
        with pytest.raises(errors.Invalid, match="For one agent take of"):
            add(stage, found, kind, agent_id=stage.otto.agent_id)


def test_another_workspace_hears_nothing(stage: Stage, found: Receiver) -> None:
    add(set_other_stage(stage.at), found)
    stage.review("ben", stage.submit())
    assert owed() == []


def test_an_agent_of_another_workspace_is_not_found(stage: Stage, found: Receiver) -> None:
    with pytest.raises(errors.NotFound):
        add(set_other_stage(stage.at), found, "action.decided", agent_id=stage.otto.agent_id)


def test_stops_are_told_when_pulled_and_when_released(stage: Stage, found: Receiver) -> None:
    secret = add(stage, found).secret
    given: dict[str, Any] = {
        "actor": stage.member("ada").actor(Door.WEB, "password"),
        "at": stage.at,
        "workspace_id": stage.id,
    }
    stop = stops.pull(mode="pause", agent="otto", reason="Odd refunds", **given)
    pulled = told(stage, found, secret)
    stops.release(stop_id=stop.id, because="It was a test", **given)
    assert [(one.type, one.data["target"], one.data["released_by"]) for one in pulled] == [
        ("stop_switch.changed", "otto", None)
    ]
    assert told(stage, found, secret)[1].data["released_by"] == "Ada"


def test_an_incident_is_told_once_when_it_opens(stage: Stage, found: Receiver) -> None:
    secret = add(stage, found).secret
    ada = stage.member("ada").actor(Door.WEB, "password")
    opened = incidents.open_incident(
        actor=ada, at=stage.at, workspace_id=stage.id, title="Refunds twice", severity="high"
    )
    incidents.note(actor=ada, at=stage.at, workspace_id=stage.id, incident_id=opened.id, text="Looking.")
    (only_one,) = told(stage, found, secret)
    assert (only_one.type, only_one.data["id"], only_one.data["severity"]) == ("incident.opened", opened.id, "high")


def test_a_verdict_is_told(stage: Stage, found: Receiver) -> None:
    secret = add(stage, found).secret
    version = gold(stage, 40)
    gate = judged(stage, answered(stage, version), answered(stage, version, failing({1, 2, 3})))
    (only_one,) = told(stage, found, secret)
    assert (only_one.type, only_one.data["id"], only_one.data["verdict"]) == ("gate.verdict", gate.id, gate.verdict)
    assert only_one.data["console"].endswith(f"/w/demo/evaluation/gates/{gate.id}")


def test_an_alert_is_told(stage: Stage, found: Receiver) -> None:
    secret = add(stage, found, "signal.alert").secret
    days(stage, [0.05] * 40 + [0.6] * 4)
    raised = swept(stage)
    sent = told(stage, found, secret)
    shown = [str(one["id"]) for one in person(stage, "eve").get("/evals/alerts").json["items"]]
    assert (len(sent), sorted(one.data["id"] for one in sent)) == (raised, sorted(shown))
    assert {one.type for one in sent} == {"signal.alert"}


def test_an_escalation_is_told_with_its_level_and_people(stage: Stage, found: Receiver) -> None:
    secret = add(stage, found).secret
    use_policy(stage, with_plan())
    view = stage.submit()
    assert sweep(stage.at) == Swept(told=1)
    (only_one,) = told(stage, found, secret)
    escalation = only_one.data["escalation"]
    assert (only_one.type, only_one.data["id"], only_one.id) == ("action.escalated", view.id, escalation["id"])
    assert (escalation["level"], escalation["kind"], escalation["told"]) == (1, "escalate", ["Ben"])


def test_a_plan_may_tell_by_webhook_alone(stage: Stage, found: Receiver) -> None:
    secret = add(stage, found, "action.escalated").secret
    use_policy(stage, with_plan(BY_WEBHOOK))
    view = stage.submit(at=stage.at - 10 * MINUTE)
    sweep(stage.at)
    notes = Notification.everywhere.filter(action_id=view.id).values_list("channel", "outcome")
    assert list(notes) == [("webhook", "promised")]
    assert [one.type for one in told(stage, found, secret)] == ["action.escalated"]
    assert list(notes.all()) == [("webhook", "sent")]


def test_a_plan_that_tells_by_webhook_says_so_where_nobody_takes_it(stage: Stage, found: Receiver) -> None:
    add(stage, found, "action.decided")
    use_policy(stage, with_plan(BY_WEBHOOK))
    view = stage.submit(at=stage.at - 10 * MINUTE)
    sweep(stage.at)
    notes = Notification.everywhere.filter(action_id=view.id, channel="webhook").values_list("outcome", "because")
    assert list(notes) == [("skipped", "no webhook takes action.escalated")]
    assert owed() == []


def test_a_message_that_fails_comes_again_with_the_same_id(stage: Stage, found: Receiver) -> None:
    secret = add(stage, found).secret
    stage.review("ben", stage.submit())
    for status in (404, 500, 503):
        found.status = status
        work(stage, stage.at + (status - 403) * MINUTE)
    found.status = 200
    assert work(stage, stage.at + 300 * MINUTE) == 1
    assert len({request.headers["webhook-id"] for request in found.got}) == 1
    assert len(found.got) == 4
    assert read(found.got[3], secret, stage.at + 300 * MINUTE).type == "action.decided"
    view = only(stage)
    assert (view.state, view.sent, view.last_error, view.failing_since) == ("sent", 1, "", None)


def test_a_receiver_that_is_down_is_not_asked_for_each_message(stage: Stage, found: Receiver) -> None:
    add(stage, found)
    found.status = 503
    for _ in range(5):
        stage.review("ben", stage.submit())
    assert (work(stage), len(found.got)) == (5, 1)
    view = only(stage)
    assert (view.state, view.failing_since) == ("failing", stage.at)
    assert view.last_error == "The receiver answered 503."
    found.status = 200
    assert (work(stage, stage.at + 2 * MINUTE), len(found.got)) == (5, 6)
    assert only(stage).sent == 5


def test_after_a_day_it_is_given_up_on_and_an_admin_sends_it_once_more(stage: Stage, found: Receiver) -> None:
    add(stage, found)
    found.status = 500
    stage.review("ben", stage.submit())
    for hours in range(26):
        work(stage, stage.at + timedelta(hours=hours))
    letter = Message.objects.get(sink="webhook")
    assert letter.dead_at == stage.at + DAY
    found.status, later = 200, stage.at + 2 * DAY
    deliveries.replay_delivery(actor=OPERATOR, at=later, workspace_id=stage.id, message_id=letter.pk)
    assert (work(stage, later), owed()) == (1, [])


def test_what_arrived_can_be_sent_once_more(stage: Stage, found: Receiver) -> None:
    secret = add(stage, found).secret
    stage.review("ben", stage.submit())
    work(stage)
    (row,) = queries.deliveries(stage.id, queries.SENT)
    assert (row.sink, row.kind, row.is_replayable) == ("webhook", "action.decided", True)
    deliveries.replay_delivery(actor=OPERATOR, at=stage.at, workspace_id=stage.id, message_id=row.id)
    first, second = told(stage, found, secret)
    assert (first.id, first.data) == (second.id, second.data)
    with pytest.raises(errors.NotFound):
        deliveries.replay_delivery(
            actor=OPERATOR, at=stage.at, workspace_id=set_other_stage(stage.at).id, message_id=row.id
        )


def test_what_is_kept_of_a_delivery_says_nothing_of_the_action(stage: Stage, found: Receiver) -> None:
    add(stage, found)
    view = stage.review("ben", stage.submit(args={"customer_id": "cus_secret", "amount_usd": 80}))
    work(stage)
    payload = Sent.objects.get(sink="webhook").payload or {}
    assert sorted(payload) == ["agent", "endpoint", "id", "ref"]
    assert "cus_secret" not in orjson.dumps(payload).decode()
    assert find(stage, view).args.count(b"cus_secret") == 1


def test_a_new_secret_signs_beside_the_old_one_for_a_day(stage: Stage, found: Receiver) -> None:
    old = add(stage, found)
    given: dict[str, Any] = {"actor": OPERATOR, "workspace_id": stage.id, "endpoint_id": old.id}
    new = endpoints.rotate_endpoint_secret(at=stage.at, **given)
    assert only(stage).both_until == stage.at + DAY
    for at, secrets in ((stage.at, (old, new)), (stage.at + DAY, (new,))):
        endpoints.check_endpoint(at=at, **given)
        work(stage, at)
        assert [read(found.got[-1], each.secret, at).type for each in secrets] == ["webhook.tested"] * len(secrets)
    with pytest.raises(BadSignature):
        read(found.got[-1], old.secret, stage.at + DAY)
    assert only(stage, stage.at + DAY).both_until is None


def test_a_test_goes_out_at_once_whatever_failed_and_whatever_it_takes(stage: Stage, found: Receiver) -> None:
    issued = add(stage, found, "action.decided")
    found.status = 503
    stage.review("ben", stage.submit())
    work(stage)
    found.status = 200
    endpoints.check_endpoint(actor=OPERATOR, at=stage.at, workspace_id=stage.id, endpoint_id=issued.id)
    assert work(stage) == 1
    told = read(found.got[-1], issued.secret, stage.at)
    assert (told.type, told.data) == ("webhook.tested", {"endpoint": issued.id, "by": OPERATOR.id})


def test_a_removed_endpoint_gets_nothing_more_and_keeps_no_secret(stage: Stage, found: Receiver) -> None:
    issued = add(stage, found)
    stage.review("ben", stage.submit())
    given: dict[str, Any] = {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id, "endpoint_id": issued.id}
    endpoints.remove_endpoint(**given)
    stage.review("ben", stage.submit())
    assert (work(stage), found.got, owed(), queries.endpoints(stage.id, at=stage.at)) == (1, [], [], [])
    row = Endpoint.everywhere.get(pk=issued.id)
    assert (bytes(row.secret), bytes(row.secret_before)) == (b"", b"")
    with pytest.raises(errors.NotFound):
        endpoints.remove_endpoint(**given)


def test_what_admins_do_with_endpoints_is_in_the_log_and_the_secret_is_not(stage: Stage, found: Receiver) -> None:
    issued = add(stage, found, "action.decided")
    given: dict[str, Any] = {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id, "endpoint_id": issued.id}
    endpoints.choose_kinds(kinds=["action.question", "action.decided"], **given)
    endpoints.rotate_endpoint_secret(**given)
    endpoints.check_endpoint(**given)
    endpoints.remove_endpoint(**given)
    rows = list(Event.objects.filter(kind__startswith="endpoint:").order_by("id").values_list("kind", "body"))
    assert sorted(kind.partition(":")[2] for kind, _ in rows) == ["added", "changed", "removed", "rotated", "tested"]
    bodies = b"".join(bytes(body) for _, body in rows)
    assert issued.secret.encode() not in bodies
    assert url(found).encode() not in bodies
    assert b'"from":["action.decided"],"to":["action.decided","action.question"]' in bodies


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://example.com/in", "begins with https"),
        ("https://user:pw@example.com/", "passwords"),
        ("https://0x7f.1/", "four decimal parts"),
        ("ftp://example.com", "begins with https"),
    ],
)
def test_an_address_that_must_not_be_called_is_refused(stage: Stage, address: str, told: str) -> None:
    with pytest.raises(errors.Invalid, match=told):
        endpoints.add_endpoint(actor=OPERATOR, at=stage.at, workspace_id=stage.id, url=address, kinds=EVERYTHING)


def test_nothing_is_sent_into_a_private_network(stage: Stage, found: Receiver, settings: Settings) -> None:
    add(stage, found)
    settings.OUTWARD_HOSTS = []
    stage.review("ben", stage.submit())
    work(stage)
    assert (found.got, only(stage).last_error) == (
        [],
        "127.0.0.1 is inside a private network. The operator can allow it.",
    )


@pytest.mark.parametrize("kinds", [[], ["action.*"], ["action.decided", "action.read"]])
def test_types_that_nobody_knows_are_refused(stage: Stage, found: Receiver, kinds: list[str]) -> None:
    with pytest.raises(errors.Invalid, match="Take one or more of"):
        endpoints.add_endpoint(actor=OPERATOR, at=stage.at, workspace_id=stage.id, url=url(found), kinds=kinds)


def test_a_workspace_has_twenty_at_most(stage: Stage, found: Receiver) -> None:
    for _ in range(endpoints.ENDPOINTS_MAX):
        add(stage, found)
    with pytest.raises(errors.Conflict):
        add(stage, found)


def test_the_guide_for_integrators_explains_every_type() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()
    assert re.findall(r"^\| `([a-z_.]+)` \|", guide, re.MULTILINE) == ["type", *EVERYTHING, "webhook.tested"]


def test_every_type_has_a_body() -> None:
    assert sorted(webhooks._DATA) == sorted([*EVERYTHING, "webhook.tested"])
