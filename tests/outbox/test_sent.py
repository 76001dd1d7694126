"""What left the house is remembered for a while; what only updates a page is not."""

from datetime import timedelta

from pytest_django.fixtures import Settings

from outbox import queries, relay
from outbox.models import Message, Sent
from tests.outbox.conftest import Post


def test_what_arrived_is_remembered_where_it_is_wanted(post: Post, settings: Settings) -> None:
    settings.OUTBOX_REMEMBERED_SINKS = {"keep"}
    kept, direct = post.promise("keep"), post.promise("direct")
    post.pass_on()
    post.work(seconds=2)
    assert Message.objects.count() == 0
    [row] = queries.deliveries("wsp_1", queries.SENT)
    assert (row.id, row.state, row.attempts, row.moment) == (kept.pk, "sent", 1, post.now)
    assert direct.pk != row.id
    assert queries.deliveries("wsp_2", queries.SENT) == []


def test_what_was_sent_twice_is_one_row(post: Post, settings: Settings) -> None:
    settings.OUTBOX_REMEMBERED_SINKS = {"keep"}
    kept = post.promise("keep")
    Sent.objects.create(
        id=kept.pk,
        workspace_id="wsp_1",
        sink="keep",
        kind="k",
        subject="s",
        attempts=1,
        created_at=post.now,
        sent_at=post.now,
    )
    post.pass_on()
    post.work()
    assert (Sent.objects.count(), Message.objects.count()) == (1, 0)


def test_after_a_week_it_is_forgotten(post: Post, settings: Settings) -> None:
    settings.OUTBOX_REMEMBERED_SINKS = {"keep"}
    post.promise("keep")
    post.pass_on()
    post.work()
    assert relay.forget_sent(at=post.now + timedelta(days=7)) == 0
    assert relay.forget_sent(at=post.now + timedelta(days=7, seconds=1)) == 1


def test_what_fails_is_shown_with_its_next_try(post: Post) -> None:
    message = post.promise("fail")
    post.pass_on()
    post.work()
    [row] = queries.deliveries("wsp_1", queries.OWED)
    message.refresh_from_db()
    assert (row.id, row.state, row.attempts, row.moment) == (message.pk, "retrying", 1, message.due_at)
    assert row.last_error == "TransientFailure: busy"
    assert row.moment > post.now
    assert queries.deliveries("wsp_1", queries.OWED, before=row.id) == []


def test_what_was_given_up_on_is_apart(post: Post) -> None:
    message = post.promise("refuse")
    post.pass_on()
    post.work()
    assert queries.deliveries("wsp_1", queries.OWED) == []
    [row] = queries.deliveries("wsp_1", queries.DEAD)
    assert (row.id, row.state, row.moment) == (message.pk, "dead", post.now)
