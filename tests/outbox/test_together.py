"""A sink that takes several messages in one go gets them so; one that is bad holds up no other."""

from datetime import timedelta

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from outbox import delivering
from outbox.models import Message
from tests.outbox import sinks
from tests.outbox.conftest import Post


def test_messages_of_one_workspace_are_delivered_in_one_go(post: Post) -> None:
    Message.objects.bulk_create(post.written("gather", f"act_{n}") for n in range(3))
    Message.objects.bulk_create(post.written("gather", f"act_{n}", workspace_id="wsp_2") for n in (3, 4))
    post.promise("keep", "act_5")
    post.pass_on()
    assert post.work() == 6
    assert sorted(sinks.gathered) == [2, 3]
    assert sorted(delivery.subject for delivery in sinks.received) == [f"act_{n}" for n in range(6)]
    assert sorted(sinks.workspaces) == ["wsp_1"] * 4 + ["wsp_2"] * 2
    assert Message.objects.count() == 0


def test_where_one_is_bad_each_gets_an_answer_of_its_own(post: Post) -> None:
    for subject in ("act_1", "bad", "act_2"):
        post.promise("gather", subject)
    post.pass_on()
    assert post.work() == 3
    assert sinks.gathered == []
    assert sorted(delivery.subject for delivery in sinks.received) == ["act_1", "act_2"]
    dead = Message.objects.get()
    assert (dead.subject, dead.dead_at, dead.last_error) == ("bad", post.now, "PermanentFailure: it is bad")


def test_a_task_that_runs_twice_delivers_each_once(post: Post) -> None:
    for _ in range(3):
        post.promise("gather")
    post.pass_on()
    post.queue *= 2
    assert post.work(seconds=1) == 3
    assert sinks.gathered == [3]


def test_a_task_that_comes_after_its_lease_leaves_all_to_the_next_one(post: Post) -> None:
    for _ in range(3):
        post.promise("gather")
    post.pass_on()
    [(ids, until)] = post.queue
    post.pass_on(seconds=31)
    assert delivering.deliver(message_ids=ids, leased_until=until, now=post.clock) == 0
    assert sinks.received == []
    assert delivering.deliver(message_ids=ids, leased_until=post.now + timedelta(seconds=30), now=post.clock) == 3


@pytest.mark.parametrize("rows", [2, 20])
def test_its_statements_do_not_grow_with_the_messages(
    post: Post, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Message.objects.bulk_create(post.written("gather") for _ in range(rows))
    post.pass_on()
    with django_assert_num_queries(3):  # take over, read, forget
        assert post.work() == rows
