"""The log leaves for a SIEM in its order, each entry at least once, whatever happens on the way."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from approvals.errors import AlreadyClosed, BadRequest, Conflict, NotFound
from audit import record
from audit import services as log_services
from audit.actor import OPERATOR, Door
from audit.heads import Heads
from audit.kinds import EventKind
from audit.models import Event, Leaf
from audit.services import Keeper
from compliance.models import Stream
from compliance.queries import streams
from compliance.queries.streams import StreamView
from compliance.services import carrying, streaming
from outbox import webhooks
from outbox.models import Message, Sent
from outbox.outward import Outward
from outbox.types import TransientFailure
from tenancy import scope
from tests.audit.logging_events import in_order, keep, keeper, write
from tests.cast import Stage
from tests.outbox.conftest import Post
from tests.receiving import Receiver, receiver
from tests.tampering import tampering


@pytest.fixture
def found(tmp_path: Path, settings: Settings) -> Iterator[Receiver]:
    with receiver(tmp_path) as made:
        settings.OUTWARD_HOSTS, settings.OUTWARD_CA_FILE = [f"127.0.0.1:{made.port}"], made.ca_file
        yield made


@pytest.fixture
def pulse(stage: Stage, tmp_path: Path, settings: Settings) -> Keeper:
    settings.LOG_HEADS_DIR = tmp_path / "heads"
    made = keeper(settings.LOG_HEADS_DIR)
    keep(made, stage.at)
    return made


def url(found: Receiver) -> str:
    return f"https://127.0.0.1:{found.port}/in"


def begin(stage: Stage, found: Receiver, **given: Any) -> streaming.Issued:
    asked = {"url": url(found), "form": "jsonl", "since": "beginning", **given}
    return streaming.start_stream(actor=OPERATOR, at=stage.at, workspace_id=stage.id, **asked)


def carry(stage: Stage, stream_id: str, now: Any = None) -> int:
    with scope.workspace(stage.id):
        return carrying.carry(stream_id, Outward.configured(), now or (lambda: stage.at))


def lines(found: Receiver) -> list[dict[str, Any]]:
    return [orjson.loads(line) for got in found.got for line in got.body.splitlines()]


def taken(found: Receiver) -> list[tuple[str, int, str]]:
    """Log, index and event of what the receiver keeps: each place once."""
    known = {(line["log"], line["index"]): line["event"]["id"] for line in lines(found)}
    return [(*place, event_id) for place, event_id in known.items()]


def expected(*log_ids: str) -> list[tuple[str, int, str]]:
    return [(log_id, index, event_id) for log_id in log_ids for index, event_id in enumerate(in_order(log_id))]


def view(stage: Stage, at: datetime | None = None) -> StreamView:
    (only,) = streams.page(stage.id, at=at or stage.at)
    return only


def test_the_whole_log_arrives_in_its_order(stage: Stage, found: Receiver, pulse: Keeper) -> None:
    issued = begin(stage, found)
    keep(pulse, stage.at)
    count = carry(stage, issued.id)
    assert [(line["log"], line["index"], line["event"]["id"]) for line in lines(found)] == expected(stage.id)
    assert (count, view(stage).sent, view(stage).behind, view(stage).state) == (count, count, 0, "waiting")
    assert lines(found)[-1]["event"]["kind"] == "stream:started"
    assert carry(stage, issued.id) == 0


def test_a_line_is_the_event_byte_for_byte_and_no_value(stage: Stage, found: Receiver, pulse: Keeper) -> None:
    stage.submit("billing.refund", {"customer_id": "cus_secret", "amount_usd": 80})
    issued = begin(stage, found)
    keep(pulse, stage.at)
    carry(stage, issued.id)
    for line in found.got[0].body.splitlines():
        told = orjson.loads(line)
        assert bytes(Event.objects.get(pk=told["event"]["id"]).body) in line
        assert sorted(told) == ["action", "event", "index", "log", "recorded_at", "schema"]
    assert b"cus_secret" not in found.got[0].body


def test_values_go_out_only_where_it_was_asked_for(stage: Stage, found: Receiver, pulse: Keeper) -> None:
    stage.submit("billing.refund", {"customer_id": "cus_secret", "amount_usd": 80})
    issued = begin(stage, found, with_values=True)
    keep(pulse, stage.at)
    carry(stage, issued.id)
    (line,) = [line for line in lines(found) if line["event"]["kind"] == "action:submitted"]
    assert (line["values"]["args"]["customer_id"], line["broken"], line["erased"]) == ("cus_secret", [], [])


def test_batches_are_signed_and_named_by_their_place(stage: Stage, found: Receiver, pulse: Keeper) -> None:
    issued = begin(stage, found, authorization="Splunk token")
    write(stage.at, 600, stage.id)
    keep(pulse, stage.at)
    carry(stage, issued.id)
    size, at = Leaf.objects.filter(log_id=stage.id).count(), int(stage.at.timestamp())
    names = [f"{issued.id}.1.0.500", f"{issued.id}.1.500.{size}"]
    assert [got.headers["webhook-id"] for got in found.got] == names
    for got in found.got:
        signed = webhooks.signature(issued.secret, got.headers["webhook-id"], at, got.body)
        assert (got.headers["webhook-signature"], got.headers["authorization"]) == (signed, "Splunk token")
        assert got.headers["content-type"] == "application/jsonl"


def test_a_batch_ends_before_a_mebibyte(stage: Stage, found: Receiver, pulse: Keeper) -> None:
    with transaction.atomic():
        for _ in range(80):
            record.record(
                kind=EventKind.EVIDENCE_READ,
                workspace_id=stage.id,
                actor=OPERATOR,
                at=stage.at,
                subject=("workspace", stage.id),
                data={"what": "n" * 15_000},
            )
    issued = begin(stage, found)
    keep(pulse, stage.at)
    carry(stage, issued.id)
    assert len(found.got) > 1
    assert max(len(got.body) for got in found.got) <= streams.BYTES
    assert taken(found) == expected(stage.id)


def test_from_now_on_leaves_out_what_was(stage: Stage, found: Receiver, pulse: Keeper) -> None:
    before = expected(stage.id)
    issued = begin(stage, found, since="now")
    keep(pulse, stage.at)
    carry(stage, issued.id)
    assert [*before, *taken(found)] == expected(stage.id)
    assert lines(found)[0]["event"]["kind"] == "stream:started"


def test_a_receiver_that_is_down_for_an_hour_misses_nothing(
    stage: Stage, found: Receiver, pulse: Keeper, at: datetime
) -> None:
    issued, post = begin(stage, found), Post(at)
    keep(pulse, at)
    Message.objects.all().delete()
    found.status = 503
    while post.now < at + timedelta(hours=1):
        write(post.now, 2, stage.id)
        keep(pulse, post.now)
        carrying.promise_due(at=post.now)
        post.pass_on(60)
        post.work()
    (owed,) = Message.objects.filter(sink="siem")
    row = Stream.everywhere.get(pk=issued.id)
    assert (owed.attempts >= 6, row.position, row.last_error) == (True, 0, "The receiver answered 503.")
    assert (view(stage).state, view(stage).behind) == ("failing", len(expected(stage.id)))
    found.status, found.got = 200, []
    post.pass_on(3600)
    post.work()
    assert (taken(found), view(stage).state, view(stage).last_error) == (expected(stage.id), "waiting", "")
    assert list(Sent.objects.filter(sink="siem").values_list("subject", flat=True)) == [issued.id]
    assert Message.objects.filter(sink="siem").count() == 0


def test_after_a_day_of_outage_a_new_message_is_promised(
    stage: Stage, found: Receiver, pulse: Keeper, at: datetime
) -> None:
    begin(stage, found)
    keep(pulse, at)
    post, hours = Post(at), 0
    found.status = 500
    promised = []
    while hours < 52:
        promised.append(carrying.promise_due(at=post.now))
        post.pass_on()
        post.work()
        post.now += timedelta(hours=1)
        hours += 1
    dead = Message.objects.filter(sink="siem", dead_at__isnull=False)
    assert (sum(promised), promised[0], promised[25], promised[50], dead.count()) == (3, 1, 1, 1, 2)
    found.status = 200
    post.pass_on(3600)
    post.work()
    assert taken(found) == expected(stage.id)


def test_a_crash_between_sending_and_marking_sends_the_same_batch_again(
    stage: Stage, found: Receiver, pulse: Keeper
) -> None:
    issued = begin(stage, found)
    keep(pulse, stage.at)
    moments = iter([stage.at])

    def clock() -> datetime:
        return next(moments)

    with pytest.raises(StopIteration):
        carry(stage, issued.id, clock)
    assert (len(found.got), Stream.everywhere.get(pk=issued.id).position) == (1, 0)
    carry(stage, issued.id)
    first, second = found.got
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    assert (taken(found), view(stage).sent) == (expected(stage.id), len(expected(stage.id)))


def test_a_receiver_that_takes_a_batch_and_says_nothing_gets_it_again(
    stage: Stage, found: Receiver, pulse: Keeper
) -> None:
    def hang_up(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True

    issued = begin(stage, found)
    keep(pulse, stage.at)
    found.act = hang_up
    with pytest.raises(TransientFailure):
        carry(stage, issued.id)
    found.act = None
    carry(stage, issued.id)
    assert [got.headers["webhook-id"] for got in found.got] == [found.got[0].headers["webhook-id"]] * 2
    assert taken(found) == expected(stage.id)


def test_two_workers_at_once_move_the_position_once(stage: Stage, found: Receiver, pulse: Keeper) -> None:
    issued = begin(stage, found)
    keep(pulse, stage.at)
    quicker = Outward.configured()

    def overtaken(host: str, port: int) -> list[str]:
        with scope.workspace(stage.id):
            carrying.carry(issued.id, quicker, lambda: stage.at)
        return ["127.0.0.1"]

    slower = Outward(quicker.allowed, quicker.ca_file, overtaken)
    with scope.workspace(stage.id):
        assert carrying.carry(issued.id, slower, lambda: stage.at) == 0
    assert (len(found.got), view(stage).sent, taken(found)) == (2, len(expected(stage.id)), expected(stage.id))


def test_a_receiver_that_refuses_is_asked_again_and_passed_by_never(
    stage: Stage, found: Receiver, pulse: Keeper
) -> None:
    issued = begin(stage, found)
    keep(pulse, stage.at)
    found.status, found.told = 403, b"no such token"
    with pytest.raises(TransientFailure) as failed:
        carry(stage, issued.id)
    assert failed.value.after == timedelta(minutes=10)
    assert (view(stage).last_error, view(stage).behind) == (
        "The receiver answered 403: no such token",
        len(expected(stage.id)),
    )
    found.status = 200
    carry(stage, issued.id)
    assert taken(found) == expected(stage.id)


def test_the_log_that_was_begun_anew_follows_the_one_before(
    stage: Stage, found: Receiver, pulse: Keeper, settings: Settings
) -> None:
    issued = begin(stage, found)
    keep(pulse, stage.at)
    heads = Heads(Path(settings.LOG_HEADS_DIR))
    log_services.restart_log(actor=OPERATOR, at=stage.at, workspace_id=stage.id, because="restored", heads=heads)
    write(stage.at, 3, stage.id)
    keep(pulse, stage.at)
    assert view(stage).behind == len(expected(stage.id, f"{stage.id}.2"))
    carry(stage, issued.id)
    assert taken(found) == expected(stage.id, f"{stage.id}.2")
    assert (view(stage).behind, carrying.promise_due(at=stage.at)) == (0, 0)
    begin(stage, found, since="now")
    assert Stream.everywhere.order_by("-generation")[0].log_id == f"{stage.id}.2"


def test_only_one_message_is_on_its_way(stage: Stage, found: Receiver, pulse: Keeper) -> None:
    begin(stage, found)
    keep(pulse, stage.at)
    later = [carrying.promise_due(at=stage.at + timedelta(hours=hours)) for hours in (0, 1, 24, 26)]
    assert (later, Message.objects.filter(sink="siem").count()) == ([1, 0, 0, 1], 2)


def test_where_all_was_sent_nothing_is_promised(
    stage: Stage, found: Receiver, pulse: Keeper, django_assert_num_queries: Any
) -> None:
    issued = begin(stage, found)
    keep(pulse, stage.at)
    carry(stage, issued.id)
    with django_assert_num_queries(1):
        assert carrying.promise_due(at=stage.at) == 0


def test_a_paused_stream_sends_nothing_and_loses_nothing(stage: Stage, found: Receiver, pulse: Keeper) -> None:
    issued = begin(stage, found)
    by: dict[str, Any] = {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id, "stream_id": issued.id}
    streaming.pause_stream(**by)
    keep(pulse, stage.at)
    assert (carrying.promise_due(at=stage.at), carry(stage, issued.id), view(stage).state) == (0, 0, "paused")
    with pytest.raises(AlreadyClosed):
        streaming.pause_stream(**by)
    streaming.resume_stream(**by)
    with pytest.raises(AlreadyClosed):
        streaming.resume_stream(**by)
    keep(pulse, stage.at)
    carry(stage, issued.id)
    assert taken(found) == expected(stage.id)
    assert [line["event"]["kind"] for line in lines(found)][-3:] == [
        "stream:started",
        "stream:paused",
        "stream:resumed",
    ]


def test_the_old_secret_signs_beside_the_new_one_for_a_day(stage: Stage, found: Receiver, pulse: Keeper) -> None:
    issued = begin(stage, found)
    by: dict[str, Any] = {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id, "stream_id": issued.id}
    fresh = streaming.rotate_secret(**by)
    for hours, secrets in ((23, [fresh.secret, issued.secret]), (24, [fresh.secret])):
        write(stage.at, 1, stage.id)
        keep(pulse, stage.at)
        moment = stage.at + timedelta(hours=hours)
        carry(stage, issued.id, lambda moment=moment: moment)
        got, at = found.got[-1], int(moment.timestamp())
        made = [webhooks.signature(secret, got.headers["webhook-id"], at, got.body) for secret in secrets]
        assert got.headers["webhook-signature"].split(" ") == made


def test_a_test_is_an_event_that_the_stream_carries(stage: Stage, found: Receiver, pulse: Keeper) -> None:
    issued = begin(stage, found)
    streaming.check_stream(actor=OPERATOR, at=stage.at, workspace_id=stage.id, stream_id=issued.id)
    keep(pulse, stage.at)
    carry(stage, issued.id)
    assert lines(found)[-1]["event"]["kind"] == "stream:tested"


def test_an_ended_stream_keeps_no_secret(stage: Stage, found: Receiver, pulse: Keeper) -> None:
    issued = begin(stage, found, authorization="Splunk token")
    by: dict[str, Any] = {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id, "stream_id": issued.id}
    streaming.rotate_secret(**by)
    row = Stream.everywhere.get(pk=issued.id)
    kept = bytes(row.secret) + bytes(row.secret_before) + bytes(row.authorization)
    assert not any(word in kept for word in (issued.secret.encode(), b"Splunk", b"whsec_"))
    streaming.end_stream(**by)
    row.refresh_from_db()
    assert (bytes(row.secret), bytes(row.secret_before), bytes(row.authorization)) == (b"", b"", b"")
    with pytest.raises(NotFound):
        streaming.end_stream(**by)
    keep(pulse, stage.at)
    assert (carry(stage, issued.id), streams.page(stage.id, at=stage.at), found.got) == (0, [], [])
    assert Event.objects.filter(kind="stream:ended").count() == 1


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"url": "http://siem.example/in"}, "/url"),
        ({"url": "https://2130706433/"}, "/url"),
        ({"form": "pdf"}, "/format"),
        ({"since": "yesterday"}, "/since"),
        ({"authorization": "Bearer a\r\nHost: inside"}, "/authorization"),
        ({"authorization": "é"}, "/authorization"),
        ({"authorization": "a" * 1001}, "/authorization"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_its_place(
    stage: Stage, found: Receiver, given: dict[str, str], pointer: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        begin(stage, found, **given)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_five_streams_are_enough(stage: Stage, found: Receiver) -> None:
    for _ in range(5):
        begin(stage, found)
    with pytest.raises(Conflict, match="There are 5 already"):
        begin(stage, found)


def test_a_stream_of_another_workspace_does_not_exist(stage: Stage, other: Stage, found: Receiver) -> None:
    issued = begin(other, found)
    for verb in (
        streaming.pause_stream,
        streaming.resume_stream,
        streaming.rotate_secret,
        streaming.check_stream,
        streaming.end_stream,
    ):
        with pytest.raises(NotFound):
            verb(actor=OPERATOR, at=stage.at, workspace_id=stage.id, stream_id=issued.id)
    assert (carry(stage, issued.id), streams.page(stage.id, at=stage.at)) == (0, [])


def test_an_event_that_somebody_took_away_is_told_and_nothing_is_passed_by(
    stage: Stage, found: Receiver, pulse: Keeper
) -> None:
    issued = begin(stage, found)
    keep(pulse, stage.at)
    with tampering() as cursor:
        cursor.execute("delete from audit_event where id = %s", [in_order(stage.id)[3]])
    with pytest.raises(TransientFailure):
        carry(stage, issued.id)
    assert (view(stage).last_error, found.got) == ("Entry 3 of the log has lost its event. Verify the log.", [])


def test_whoever_is_erased_is_no_more_named(stage: Stage, found: Receiver) -> None:
    dana = stage.member("dana").actor(Door.WEB, "password")
    streaming.start_stream(
        actor=dana, at=stage.at, workspace_id=stage.id, url=url(found), form="jsonl", since="beginning"
    )
    streaming.forget_person(workspace_id=stage.id, user_id=stage.people["dana"], name="somebody")
    assert view(stage).by_name == "somebody"


def test_a_receiver_inside_gets_nothing(stage: Stage, found: Receiver, pulse: Keeper, settings: Settings) -> None:
    issued = begin(stage, found)
    keep(pulse, stage.at)
    settings.OUTWARD_HOSTS = []
    with pytest.raises(TransientFailure, match="inside a private network"):
        carry(stage, issued.id)
    assert found.got == []


def test_how_far_behind_is_told_in_entries_and_seconds(
    stage: Stage, found: Receiver, pulse: Keeper, django_assert_num_queries: Any
) -> None:
    issued = begin(stage, found)
    keep(pulse, stage.at)
    oldest = Event.objects.get(pk=in_order(stage.id)[0]).recorded_at
    with django_assert_num_queries(2):
        told = view(stage, oldest + timedelta(seconds=90))
    assert (told.behind, told.late_seconds, told.state) == (len(in_order(stage.id)), 90.0, "sending")
    begin(stage, found)
    with django_assert_num_queries(2):
        assert len(streams.everywhere(at=datetime.now(UTC))) == 2
    carry(stage, issued.id)
