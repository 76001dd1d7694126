"""Second looks: drawn once, given blind by somebody else, settled by a third."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import queries as accounts
from approvals.errors import BadRequest, Conflict, Forbidden, NotFound
from audit.actor import OPERATOR, SYSTEM, Door
from audit.models import Event
from feedback import services
from feedback.models import Label, Look
from feedback.queries import looks
from tests.cast import Stage
from tests.feedback.deciding import label


def drawn(stage: Stage, n: int = 1, **given: Any) -> list[Look]:
    """Looks at so many critical decisions of Ada's: each of those is drawn."""
    for i in range(n):
        label(stage, i, at=stage.at - timedelta(hours=1), **{"risk": "critical", **given})
    services.draw_all(actor=SYSTEM, at=stage.at, workspace_id=stage.id)
    return list(Look.everywhere.filter(purpose="blind").order_by("id"))


def give(stage: Stage, look: Look, name: str = "ben", verdict: str = "approve", **more: Any) -> None:
    member = accounts.member_of(stage.people[name], "demo")
    assert member is not None
    services.give(
        member=member, actor=member.actor(Door.WEB, "password"), at=stage.at, workspace_id=stage.id, look_id=look.id,
        verdict=verdict, **more,
    )  # fmt: skip


def test_each_decision_is_looked_at_for_the_draw_once(stage: Stage) -> None:
    assert len(drawn(stage, 3)) == 3
    assert services.draw_all(actor=SYSTEM, at=stage.at, workspace_id=stage.id) == 0
    (event,) = Event.objects.filter(kind="look:drawn")
    assert b'"drawn":' in bytes(event.body)


def test_whoever_decided_it_is_not_asked_and_the_first_decision_is_hidden(stage: Stage) -> None:
    (look,) = drawn(stage, kind="rejected")
    assert looks.open_looks(stage.id, stage.people["ada"]) == []
    (view,) = looks.open_looks(stage.id, stage.people["ben"])
    assert (view.decided, view.args) == ((), {"text": "note 0"})
    assert "reject" not in repr(view)
    with pytest.raises(NotFound):
        looks.find_look(stage.id, look.id, stage.people["ada"])
    with pytest.raises(Forbidden) as refused:
        give(stage, look, "ada")
    assert refused.value.code == "not_blind"


def test_agreement_needs_no_third_and_disagreement_does(stage: Stage) -> None:
    same, other = drawn(stage, 2)
    give(stage, same, verdict="approve")
    give(stage, other, verdict="reject", comment="No ticket")
    (third,) = Look.everywhere.filter(purpose="adjudication")
    assert (third.label_id, third.about_id, third.probability) == (other.label_id, other.id, 1.0)
    for name in ("ada", "ben"):
        with pytest.raises(Forbidden):
            give(stage, third, name)
    give(stage, third, "eve", "unclear")
    view = looks.find_look(stage.id, third.id, stage.people["vera"])
    assert (view.verdict, view.decided) == ("unclear", ("approve", "reject"))
    kinds = Event.objects.filter(kind__startswith="look:").order_by("recorded_at").values_list("kind", flat=True)
    assert sorted(kinds) == ["look:adjudicated", "look:drawn", "look:given", "look:given"]


def test_a_look_is_given_once(stage: Stage) -> None:
    (look,) = drawn(stage)
    give(stage, look)
    with pytest.raises(Conflict):
        give(stage, look, "eve")
    for statement in ("update feedback_look set verdict = 'reject'", "delete from feedback_look"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize("said", [{"verdict": "perhaps"}, {"verdict": "unclear"}, {"comment": "x" * 4001}])
def test_a_wrong_answer_changes_nothing(stage: Stage, said: dict[str, str]) -> None:
    (look,) = drawn(stage)
    with pytest.raises(BadRequest):
        give(stage, look, **said)
    assert Look.everywhere.get(pk=look.pk).given_at is None


def test_vera_may_not_look(stage: Stage) -> None:
    (look,) = drawn(stage)
    with pytest.raises(Forbidden):
        give(stage, look, "vera")


def test_cleo_finds_no_look_of_demo(stage: Stage, other: Stage) -> None:
    (look,) = drawn(stage)
    assert looks.open_looks(other.id, other.people["cleo"]) == []
    with pytest.raises(NotFound):
        looks.find_look(other.id, look.id, other.people["cleo"])


def test_an_outcome_is_kept_and_needs_a_decision(stage: Stage) -> None:
    row = label(stage, 1, at=stage.at - timedelta(hours=1))
    given: dict[str, Any] = {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id}
    services.judge_outcome(action_id=row.action_id, right=False, severe=True, comment="Refunded twice", **given)
    (event,) = Event.objects.filter(kind="outcome:judged")
    assert (event.subject_id, b"Refunded twice" in bytes(event.body)) == (row.action_id, False)
    with pytest.raises(NotFound):
        services.judge_outcome(action_id="act_x", right=True, **given)


def test_agreement_is_told_of_30_pairs_and_not_of_29(stage: Stage) -> None:
    found = drawn(stage, 30)
    names = {stage.people["ada"]: "Ada", stage.people["ben"]: "Ben"}
    for place, look in enumerate(found):
        if place == 29:
            assert not looks.agreement(stage.id, names).whole.enough
        give(stage, look, verdict="reject" if place in {3, 4} else "approve")
    told = looks.agreement(stage.id, names)
    assert (told.whole.items, told.whole.disputed, [tool for tool, _ in told.by_tool]) == (30, 2, ["crm.note"])
    assert told.whole.raw is not None
    assert told.whole.raw.value == pytest.approx(28 / 30)
    assert [(dot.name, dot.n) for dot in told.reviewers] == [("Ada", 30), ("Ben", 30)]
    assert Label.everywhere.count() == 30
