"""The sweep tells each level when it is due, once, goes past levels that reach nobody, and never decides anything."""

from datetime import timedelta

import pytest
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from approvals import services
from approvals.models import Claim, Escalation, Notification, Timer
from approvals.services import escalating
from approvals.services.escalating import Swept
from audit.models import Event
from outbox.models import Message
from tests.approvals.escalating import BIG, MINUTE, away, next_due, sweep, told, with_plan
from tests.approvals.presses import find
from tests.cast import POLICY, Stage, use_policy
from tests.questions import questions


def kinds(action_id: str) -> list[str]:
    rows = Event.objects.filter(action_id=action_id).order_by("occurred_at", "id")
    return sorted(rows.values_list("kind", flat=True))


def test_without_a_plan_nothing_is_armed(stage: Stage) -> None:
    view = stage.submit()
    assert list(Timer.everywhere.filter(action_id=view.id).values_list("kind", flat=True)) == ["expire"]
    assert sweep(stage.at + timedelta(hours=1)) == Swept()


def test_what_the_policy_decides_by_itself_is_not_armed(stage: Stage) -> None:
    use_policy(stage, with_plan())
    view = stage.submit(args={"customer_id": "cus_1", "amount_usd": 10})
    assert not Timer.everywhere.filter(action_id=view.id, kind="escalate").exists()


def test_submitting_under_a_plan_asks_the_database_no_more(stage: Stage) -> None:
    counts = []
    for text in (POLICY, with_plan()):
        use_policy(stage, text)
        stage.submit()
        with questions() as asked:
            stage.submit()
        counts.append(len(asked) - (1 if text != POLICY else 0) * _rows_apart())
    assert counts[0] == counts[1]


def _rows_apart() -> int:
    """Through the ORM each row is a statement of its own; on PostgreSQL all of them are one."""
    from tenancy import sql

    return 0 if sql.vendor() == "postgresql" else 1


def test_each_level_is_told_when_it_is_due(stage: Stage) -> None:
    use_policy(stage, with_plan())
    view = stage.submit()
    assert next_due(view) == stage.at
    assert sweep(stage.at) == Swept(told=1)
    assert (told(view), next_due(view)) == ([("escalate", 0, ["Ben"])], stage.at + 10 * MINUTE)
    assert sweep(stage.at + 9 * MINUTE) == Swept()
    for minute in (10, 15, 20, 30):
        assert sweep(stage.at + minute * MINUTE) == Swept(told=1)
    kinds_and_levels = [(kind, level) for kind, level, _ in told(view)]
    assert kinds_and_levels == [("escalate", 0), ("escalate", 1), ("remind", 1), ("remind", 1), ("reassign", 2)]
    assert (told(view)[-1][2], next_due(view)) == (["Ada", "Ben"], None)
    assert find(stage, view) == view
    assert kinds(view.id) == sorted(
        ["action:submitted", "action:escalated", "action:escalated", *["action:reminded"] * 2, "action:reassigned"]
    )


def test_a_sweep_that_comes_late_tells_each_level_once_and_no_reminder_of_the_past(stage: Stage) -> None:
    use_policy(stage, with_plan())
    view = stage.submit()
    sweep(stage.at + timedelta(hours=1))
    assert [(kind, level) for kind, level, _ in told(view)] == [("escalate", 0), ("escalate", 1), ("reassign", 2)]
    assert next_due(view) is None
