"""The relay delivers what is promised, waits after a failure, and gives up where trying again cannot help."""

import logging
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import DjangoAssertNumQueries

from outbox import delivering, queries, relay
from outbox.models import Message
from outbox.types import Delivery
from tests.outbox import sinks
from tests.outbox.conftest import Post


def test_a_worker_delivers_and_the_promise_is_gone(post: Post) -> None:
    message = post.promise()
    assert post.pass_on() is False
    assert sinks.received == []
    assert post.work() == 1
    expected = Delivery(message.pk, "wsp_1", "action.decided", "act_1", {"id": "act_1"}, 0, message.created_at)
    assert sinks.received == [expected]
    assert sinks.workspaces == ["wsp_1"]
    assert Message.objects.count() == 0


def test_the_relay_serves_direct_sinks_itself(post: Post) -> None:
    post.promise("direct")
    post.pass_on()
    assert [delivery.subject for delivery in sinks.received] == ["act_1"]
    assert (Message.objects.count(), post.queue) == (0, [])


def test_nothing_is_due_before_its_time(post: Post) -> None:
    post.promise(at=post.now + timedelta(seconds=1))
    post.pass_on()
    assert post.queue == []
    post.pass_on(seconds=1)
    assert len(post.queue) == 1


def test_what_was_handed_over_is_not_handed_over_again_within_its_lease(post: Post) -> None:
    post.promise()
    for _ in range(3):
        post.pass_on(seconds=9)
    assert len(post.queue) == 1


def test_a_message_whose_worker_was_killed_goes_again_when_the_lease_ran_out(post: Post) -> None:
    post.promise()
    post.pass_on()
    post.queue.clear()
    post.pass_on(seconds=29)
    assert post.queue == []
    post.pass_on(seconds=2)
    assert post.work() == 1
    assert len(sinks.received) == 1


def test_a_direct_message_whose_relay_was_killed_goes_again_after_five_seconds(post: Post) -> None:
    message = post.promise("direct")
    Message.objects.update(leased_until=post.now + relay.DIRECT_LEASE)
    post.pass_on(seconds=4)
    assert sinks.received == []
    post.pass_on(seconds=1)
    assert [delivery.id for delivery in sinks.received] == [message.pk]


def test_a_task_that_runs_twice_delivers_once(post: Post) -> None:
    post.promise()
    post.pass_on()
    post.queue *= 2
    assert post.work(seconds=1) == 1
    assert len(sinks.received) == 1


def test_a_task_that_comes_after_its_lease_leaves_the_message_to_the_next_one(post: Post) -> None:
    post.promise()
    post.pass_on()
    late, post.queue = post.queue, []
    post.pass_on(seconds=31)
    post.queue = late + post.queue
    assert post.work() == 1
    assert len(sinks.received) == 1


def test_a_late_task_still_delivers_where_nobody_else_took_over(post: Post) -> None:
    post.promise()
    post.pass_on()
    assert post.work(seconds=300) == 1
    assert Message.objects.count() == 0


def test_a_busy_sink_is_tried_again_with_growing_pauses(post: Post) -> None:
    message = post.promise("fail")
    pauses = []
    for attempt in range(1, 16):
        post.pass_on()
        assert post.work() == 1
        message.refresh_from_db()
        assert (message.attempts, message.leased_until, message.dead_at) == (attempt, None, None)
        assert message.last_error == "TransientFailure: busy"
        pauses.append((message.due_at - post.now).total_seconds())
        post.now = message.due_at
    for attempt, seconds in enumerate(pauses, start=1):
        assert min(2**attempt, 3600) / 2 <= seconds <= min(2**attempt, 3600)


def test_after_a_day_it_gives_up(post: Post) -> None:
    message = post.promise("fail")
    post.pass_on(seconds=24 * 3600 - 60)
    post.work()
    assert Message.objects.get(pk=message.pk).dead_at is None
    post.now += timedelta(seconds=60)
    post.pass_on()
    post.work()
    given_up = Message.objects.get(pk=message.pk)
    assert (given_up.dead_at, given_up.attempts, given_up.last_error) == (post.now, 2, "TransientFailure: busy")


def test_a_permanent_failure_is_a_dead_letter_at_once(post: Post) -> None:
    message = post.promise("refuse")
    post.pass_on()
    post.work()
    message.refresh_from_db()
    assert (message.dead_at, message.attempts) == (post.now, 1)
    assert message.last_error == "PermanentFailure: no such address for act_1"
    post.pass_on(seconds=48 * 3600)
    assert post.queue == []


def test_a_sink_that_nobody_knows_is_a_dead_letter_at_once(post: Post) -> None:
    post.promise("pigeon")
    post.pass_on()
    post.work()
    assert [letter.last_error for letter in queries.dead()] == [
        "PermanentFailure: No sink is named 'pigeon'; add it to OUTBOX_SINKS."
    ]


def test_an_unforeseen_error_is_logged_and_tried_again(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    message = post.promise("break_down")
    post.pass_on()
    post.work()
    message.refresh_from_db()
    assert (message.attempts, message.dead_at, message.last_error) == (1, None, "KeyError: 'channel'")
    assert [record.exc_info is not None for record in caplog.records if record.levelno == logging.ERROR] == [True]


def test_one_bad_message_holds_up_no_other(post: Post) -> None:
    for sink in ("break_down", "refuse", "fail", "keep", "direct_fail", "direct"):
        post.promise(sink, subject=sink)
    post.pass_on()
    post.work()
    assert sorted(delivery.subject for delivery in sinks.received) == ["direct", "keep"]


def test_without_a_broker_the_direct_sinks_go_on_and_the_rest_goes_later(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    post.broken = True
    for _ in range(50):
        post.promise()
    post.pass_on()
    post.promise("direct")
    post.pass_on(seconds=0.5)
    assert [delivery.kind for delivery in sinks.received] == ["action.decided"]
    assert post.handed == 1
    assert set(Message.objects.values_list("attempts", "leased_until", "last_error")) == {(0, None, "")}
    post.broken = False
    post.pass_on(seconds=0.6)
    assert post.work() == 50
    assert (Message.objects.count(), len(sinks.received)) == (0, 51)


def test_the_rest_without_a_broker_grows_to_ten_seconds_and_not_further(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    post.broken = True
    post.promise()
    for _ in range(600):
        post.pass_on(seconds=0.1)
    # At 0, 1, 3, 7, 15 s and every 10 s from there.
    assert post.handed == 9


def test_a_clock_that_was_set_back_does_not_prolong_the_rest(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    post.broken = True
    post.promise(at=post.now - timedelta(hours=2))
    post.pass_on()
    post.broken = False
    post.pass_on(seconds=-3600)
    assert len(post.queue) == 1


def test_a_clock_that_was_set_back_holds_nothing_up_for_long(post: Post) -> None:
    fresh, waiting, leased = post.promise(), post.promise(), post.promise()
    Message.objects.filter(pk=waiting.pk).update(due_at=post.now + delivering.LONGEST_PAUSE, attempts=12)
    Message.objects.filter(pk=leased.pk).update(leased_until=post.now + delivering.LEASE)
    post.pass_on(seconds=-3600)
    assert post.queue == []
    relay.straighten(at=post.now)
    relay.straighten(at=post.now)
    post.pass_on()
    assert sorted(pk for ids, _ in post.queue for pk in ids) == [fresh.pk, waiting.pk, leased.pk]


def test_straightening_leaves_alone_what_is_in_order(post: Post) -> None:
    paused, leased = post.promise("fail"), post.promise()
    Message.objects.filter(pk=paused.pk).update(due_at=post.now + delivering.LONGEST_PAUSE)
    Message.objects.filter(pk=leased.pk).update(leased_until=post.now + delivering.LEASE)
    assert relay.straighten(at=post.now) == 0


def test_a_full_batch_says_that_more_may_wait(post: Post) -> None:
    for _ in range(relay.BATCH + 1):
        post.promise("direct")
    assert post.pass_on() is True
    assert post.pass_on() is False
    assert len(sinks.received) == relay.BATCH + 1


def test_workers_get_messages_in_handfuls(post: Post) -> None:
    for _ in range(relay.CHUNK + 1):
        post.promise()
    post.pass_on()
    assert [len(ids) for ids, _ in post.queue] == [relay.CHUNK, 1]


def test_what_failed_before_is_handed_over_apart(post: Post) -> None:
    failed, fresh = post.promise("fail"), post.promise()
    Message.objects.filter(pk=failed.pk).update(attempts=1)
    post.pass_on()
    assert [ids for ids, _ in post.queue] == [[fresh.pk], [failed.pk]]
    assert post.again == [False, True]


def test_a_backlog_waits_in_the_table_and_not_in_the_queue_of_the_workers(post: Post) -> None:
    """Lent all at once, most of it would be lent again before a worker came to it, and again."""
    Message.objects.bulk_create(post.written() for _ in range(2 * relay.LENT))
    passes = 0
    while Message.objects.exists():
        while post.pass_on():
            pass
        assert sum(len(ids) for ids, _ in post.queue) <= relay.LENT
        post.work(seconds=29)
        passes += 1
    assert (passes, len(sinks.received)) == (2, 2 * relay.LENT)


def test_what_lies_with_the_workers_does_not_hold_up_a_direct_sink(post: Post) -> None:
    Message.objects.bulk_create(post.written() for _ in range(relay.LENT + 1))
    while post.pass_on():
        pass
    post.promise("direct", "act_live")
    post.pass_on()
    assert [delivery.subject for delivery in sinks.received] == ["act_live"]
    assert Message.objects.filter(leased_until=None).count() == 1


def test_a_word_that_is_old_waits_until_workers_have_room_again(post: Post) -> None:
    Message.objects.bulk_create(post.written() for _ in range(relay.LENT + 1))
    while post.pass_on():
        pass
    post.promise("direct", "act_old", at=post.now - relay.FRESH)
    post.pass_on()
    assert sinks.received == []
    post.work()
    post.pass_on()
    assert sinks.received[-1].subject == "act_old"


@pytest.mark.parametrize("rows", [1, 3])
def test_a_pass_asks_the_same_number_of_questions_for_one_message_as_for_three(
    post: Post, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        post.promise()
    with django_assert_num_queries(6):  # is there one; how many are lent; savepoint, claim, lease, release
        post.pass_on()


def test_an_idle_pass_asks_one_question(post: Post, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        post.pass_on()


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_a_pause_lies_between_a_second_and_an_hour(attempts: int, draw: float) -> None:
    assert timedelta(seconds=1) <= delivering.pause(attempts, draw) <= timedelta(hours=1)


@given(st.integers(1, 100), st.floats(0, 1))
def test_pauses_never_shrink(attempts: int, draw: float) -> None:
    assert delivering.pause(attempts, draw) <= delivering.pause(attempts + 1, draw)
