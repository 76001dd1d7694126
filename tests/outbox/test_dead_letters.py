"""Dead letters are seen, and sent once more by hand."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from outbox import queries
from outbox.models import Message
from tests.outbox import sinks
from tests.outbox.conftest import Post


def fail(post: Post, count: int = 1) -> list[Message]:
    letters = [post.promise("refuse", subject=f"act_{n}") for n in range(count)]
    post.pass_on()
    post.work()
    return letters


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("outbox", *arguments, stdout=out)
    return out.getvalue()


def test_dead_letters_are_listed_newest_first_in_pages(post: Post) -> None:
    letters = fail(post, 3)
    assert [letter.id for letter in queries.dead()] == [letter.pk for letter in reversed(letters)]
    assert [letter.id for letter in queries.dead(before=letters[1].pk)] == [letters[0].pk]
    assert [letter.id for letter in queries.dead("wsp_1", limit=1)] == [letters[2].pk]
    assert queries.dead("wsp_2") == []


def test_a_dead_letter_is_no_longer_owed(post: Post) -> None:
    fail(post)
    assert queries.oldest_unsent() is None
    old = post.promise(at=post.now - timedelta(hours=1))
    post.promise()
    assert queries.oldest_unsent() == old.created_at


def test_the_operator_reads_why(post: Post) -> None:
    letter = fail(post)[0]
    assert command("dead") == (
        f"{letter.pk}  {post.now:%Y-%m-%d %H:%M:%S}  refuse  action.decided  act_0  1 attempts"
        "  PermanentFailure: no such address for act_0\n"
    )


def test_the_operator_mends_the_cause_and_sends_it_once_more(post: Post, settings: Settings) -> None:
    letter = fail(post)[0]
    settings.OUTBOX_SINKS["refuse"] = "tests.outbox.sinks.keep"
    assert command("retry", str(letter.pk)) == "1 will be sent once more.\n"
    post.pass_on(seconds=60)
    post.work()
    assert [delivery.id for delivery in sinks.received] == [letter.pk]
    assert Message.objects.count() == 0


def test_what_fails_again_is_a_dead_letter_again(post: Post) -> None:
    letter = fail(post)[0]
    command("retry", str(letter.pk))
    post.pass_on(seconds=60)
    post.work()
    assert [(dead.id, dead.attempts) for dead in queries.dead()] == [(letter.pk, 2)]


def test_only_dead_letters_are_sent_once_more(post: Post) -> None:
    letter, living = fail(post)[0], post.promise()
    with pytest.raises(CommandError) as refusal:
        command("retry", str(letter.pk), str(living.pk))
    assert str(refusal.value) == "1 of 2 were dead letters and will be sent once more."
