"""Who is written to about what, when, and once."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts import services as accounts
from approvals import queries, services
from approvals.answers import ActionView
from approvals.models import Notice
from approvals.services import notices
from audit.actor import OPERATOR, Door
from outbox.models import Message
from tests.cast import POLICY, Stage, use_policy

MINUTE = timedelta(minutes=1)
BIG = {"customer_id": "cus_1", "amount_usd": 800}
HIGH = POLICY.replace("risk: medium", "risk: high")


def choose(stage: Stage, **letters: str) -> None:
    for name, kind in letters.items():
        given: dict[str, Any] = {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id}
        accounts.choose_letters(user_id=stage.people[name], letters=kind, **given)


def told(stage: Stage, view: ActionView, kind: str = "action.submitted", at: datetime | None = None) -> None:
    """The word about the action is passed on, as the relay does."""
    services.owe_letters(at=at or stage.at, kind=kind, view=queries.find(stage.id, view.id))


def owed(stage: Stage, kind: str = "waiting") -> dict[str, datetime]:
    """By name: when each is due."""
    names = {user_id: name for name, user_id in stage.people.items()}
    rows = Notice.everywhere.filter(kind=kind).values_list("user_id", "due_at")
    return {names[user_id]: due_at for user_id, due_at in rows}


def promises() -> list[Message]:
    return list(Message.objects.filter(sink="mail").order_by("id"))


def test_without_a_choice_only_what_is_serious_is_told(stage: Stage) -> None:
    told(stage, stage.submit())
    assert owed(stage) == {}
    use_policy(stage, HIGH)
    told(stage, stage.submit())
    assert owed(stage) == {"ada": stage.at, "ben": stage.at}


@pytest.mark.parametrize(
    ("letters", "medium", "high"),
    [("off", False, False), ("serious", False, True), ("each", True, True), ("digest", True, True)],
)
def test_each_choice(stage: Stage, letters: str, medium: bool, high: bool) -> None:
    choose(stage, ada=letters, ben="off")
    told(stage, stage.submit())
    assert ("ada" in owed(stage)) is medium
    use_policy(stage, HIGH)
    told(stage, stage.submit())
    assert ("ada" in owed(stage)) is high


def test_a_choice_holds_for_its_workspace_alone(stage: Stage, other: Stage) -> None:
    accounts.add_member(
        actor=OPERATOR, at=stage.at, workspace_id=other.id, email="ada@example.com", name="Ada", role="reviewer"
    )
    choose(stage, ada="each")
    accounts.choose_letters(
        actor=OPERATOR, at=stage.at, workspace_id=other.id, user_id=stage.people["ada"], letters="off"
    )
    told(stage, stage.submit())
    assert list(owed(stage)) == ["ada"]


def test_only_who_may_vote_is_asked(stage: Stage) -> None:
    choose(stage, ada="each", ben="each", vera="each", dana="each", eve="each")
    accounts.change_owner(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, agent_id=stage.otto.agent_id, owner_id=stage.people["ben"]
    )
    told(stage, stage.submit())
    assert list(owed(stage)) == ["ada"]


def test_what_the_policy_decides_is_told_to_nobody(stage: Stage) -> None:
    choose(stage, ada="each")
    told(stage, stage.submit(args={"customer_id": "cus_1", "amount_usd": 10}))
    assert owed(stage) == {}


def test_the_same_word_twice_makes_one_notice(stage: Stage) -> None:
    choose(stage, ada="each")
    view = stage.submit()
    told(stage, view)
    told(stage, view)
    assert Notice.everywhere.count() == 2
    assert owed(stage, "expiring") == {"ada": view.target_at}


def test_a_digest_is_due_at_the_next_quarter(stage: Stage) -> None:
    choose(stage, ada="digest")
    moment = stage.at.replace(minute=14, second=59, microsecond=5)
    told(stage, stage.submit(), at=moment)
    assert owed(stage) == {"ada": moment.replace(minute=15, second=0, microsecond=0)}


def test_whatever_is_due_at_one_look_is_one_letter_a_person(stage: Stage) -> None:
    choose(stage, ada="each", ben="each")
    views = [stage.submit() for _ in range(3)]
    for view in views:
        told(stage, view)
    assert services.promise_letters(at=stage.at) is False
    found = {row.payload["user"]: (len(row.payload["notices"]), row.payload["more"]) for row in promises()}
    assert found == {stage.people["ada"]: (3, 0), stage.people["ben"]: (3, 0)}
    services.promise_letters(at=stage.at)
    assert len(promises()) == 2


def test_a_flood_is_cut_and_counted(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "IN_ONE_LETTER", 2)
    choose(stage, ada="each", ben="off")
    for _ in range(5):
        told(stage, stage.submit())
    services.promise_letters(at=stage.at)
    [promise] = promises()
    assert (len(promise.payload["notices"]), promise.payload["more"]) == (2, 3)


def test_nothing_is_promised_before_it_is_due(stage: Stage) -> None:
    choose(stage, ada="digest", ben="off")
    view = stage.submit()
    told(stage, view)
    services.promise_letters(at=stage.at)
    assert promises() == []
    services.promise_letters(at=view.target_at + MINUTE)
    assert [row.payload["user"] for row in promises()] == [stage.people["ada"]]


def test_what_was_decided_meanwhile_is_dropped(stage: Stage) -> None:
    choose(stage, ada="digest", ben="off")
    view = stage.submit()
    told(stage, view)
    stage.review("ben", view)
    services.promise_letters(at=view.target_at + MINUTE)
    assert promises() == []
    assert Notice.everywhere.filter(promised_at=None).count() == 0


def letter(stage: Stage, name: str = "ada") -> notices.OwedLetter | None:
    [promise] = [row for row in promises() if row.payload["user"] == stage.people[name]]
    return notices.owed_letter(stage.id, stage.people[name], promise.payload["notices"])


def test_a_letter_says_only_what_is_still_true(stage: Stage) -> None:
    choose(stage, ada="each", ben="off")
    kept, decided, voted = stage.submit(), stage.submit(), stage.submit(args=BIG)
    for view in (kept, decided, voted):
        told(stage, view)
    services.promise_letters(at=stage.at)
    stage.review("ben", decided)
    stage.review("ada", voted)
    owing = letter(stage)
    assert owing is not None
    assert [item.action.id for item in owing.items] == [kept.id]
    assert (owing.reader.email, owing.items[0].kind) == ("ada@example.com", "waiting")


def test_a_letter_that_is_out_is_owed_no_more(stage: Stage) -> None:
    choose(stage, ada="each", ben="off")
    told(stage, stage.submit())
    services.promise_letters(at=stage.at)
    [promise] = promises()
    services.letter_is_out(at=stage.at, workspace_id=stage.id, notice_ids=promise.payload["notices"])
    assert letter(stage) is None


def test_whoever_left_or_wants_none_any_more_gets_none(stage: Stage) -> None:
    choose(stage, ada="each", ben="each")
    told(stage, stage.submit())
    services.promise_letters(at=stage.at)
    accounts.end_membership(actor=OPERATOR, at=stage.at, workspace_id=stage.id, user_id=stage.people["ben"])
    choose(stage, ada="off")
    assert (letter(stage, "ada"), letter(stage, "ben")) == (None, None)


def test_an_answer_goes_to_who_asked(stage: Stage) -> None:
    view = stage.submit()
    ben = stage.member("ben")
    actor = ben.actor(Door.WEB, "password")
    services.ask(actor=actor, at=stage.at, member=ben, action_id=view.id, text="Which charge?")
    told(stage, view, "action.asked")
    services.answer(
        actor=stage.otto.actor, at=stage.at + MINUTE, caller=stage.otto, action_id=view.id, text="The second."
    )
    told(stage, view, "action.answered", stage.at + MINUTE)
    services.promise_letters(at=stage.at + MINUTE)
    owing = letter(stage, "ben")
    assert owing is not None
    [item] = owing.items
    assert (item.kind, item.question, item.answer) == ("answered", "Which charge?", "The second.")


def test_old_notices_are_forgotten(stage: Stage) -> None:
    choose(stage, ada="each", ben="off")
    told(stage, stage.submit())
    services.promise_letters(at=stage.at)
    assert services.forget_notices(at=stage.at + notices.KEPT) == 0
    assert services.forget_notices(at=stage.at + notices.KEPT + MINUTE) == 1
