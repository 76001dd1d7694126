"""The auditor finds what waits unseen, whatever went wrong, sees to it, and says that it still goes round."""

from datetime import datetime, timedelta

import pytest

from approvals import services
from approvals.models import Escalation, Heartbeat, Notification, Timer
from approvals.services import auditing, notifications
from approvals.services.auditing import Audited
from audit.models import Event
from config import health
from tests.approvals.escalating import MINUTE, away, next_due, sweep, told, with_plan
from tests.approvals.presses import find
from tests.cast import Stage, use_policy

LATER = auditing.GRACE + MINUTE
LONG_AGO = timedelta(minutes=10)


def audit(at: datetime, budget: int = auditing.BUDGET) -> Audited:
    return services.audit_waiting(at=at, budget=budget)


def heart() -> Heartbeat:
    return Heartbeat.objects.get(name=auditing.NAME)


def unheard_events(action_id: str) -> int:
    return Event.objects.filter(action_id=action_id, kind="action:unheard").count()


def test_what_was_told_is_left_alone(stage: Stage) -> None:
    use_policy(stage, with_plan())
    view = stage.submit()
    sweep(stage.at)
    assert audit(stage.at + LATER) == Audited(looked_at=1, unheard=0, more=False)
    assert len(told(view)) == 1
    assert (heart().unheard, heart().oldest_at, heart().beat_at) == (0, None, stage.at + LATER)


def test_what_waits_under_no_plan_and_can_be_decided_is_left_alone(stage: Stage) -> None:
    view = stage.submit()
    assert audit(stage.at + LATER).unheard == 0
    assert told(view) == []


def test_a_lost_timer_is_found_and_the_plan_goes_on(stage: Stage) -> None:
    use_policy(stage, with_plan())
    view = stage.submit()
    Timer.everywhere.filter(action_id=view.id, kind="escalate").delete()
    assert audit(stage.at + MINUTE) == Audited(0, 0, more=False)
    assert audit(stage.at + LATER) == Audited(1, 1, more=False)
    assert (told(view), unheard_events(view.id)) == ([("escalate", 0, ["Ben"])], 1)
    assert Escalation.everywhere.get(action_id=view.id).cause == "auditor"
    assert audit(stage.at + 2 * LATER) == Audited(0, 0, more=False)
    assert unheard_events(view.id) == 1


def test_a_sweep_that_stands_still_is_noticed_and_does_not_tell_it_again(stage: Stage) -> None:
    use_policy(stage, with_plan())
    view = stage.submit()
    audit(stage.at + LATER)
    assert next_due(view) == stage.at + 10 * MINUTE
    sweep(stage.at + LATER)
    assert told(view) == [("escalate", 0, ["Ben"])]


def test_where_no_level_reaches_anybody_leads_and_admins_are_told(stage: Stage) -> None:
    use_policy(stage, with_plan())
    away(stage, "ada")
    away(stage, "ben")
    view = stage.submit()
    sweep(stage.at)
    audit(stage.at + auditing.AGAIN)
    assert told(view)[-1] == ("escalate", None, ["Ada", "Eve"])
    vias = Notification.everywhere.filter(action_id=view.id, channel="console").values_list("user_name", "via")
    assert sorted(vias) == [("Ada", "lead"), ("Eve", "admin")]
    assert find(stage, view).state == "pending"


def test_an_action_that_nobody_could_decide_is_found_without_a_plan_too(stage: Stage) -> None:
    away(stage, "ada")
    away(stage, "ben")
    view = stage.submit()
    assert audit(stage.at + LATER).unheard == 1
    assert told(view) == [("escalate", None, ["Ada", "Eve"])]


def test_a_letter_that_failed_was_no_telling(stage: Stage) -> None:
    use_policy(stage, with_plan().replace("[{person: ben}]", "[{person: ben}], channels: [email]"))
    view = stage.submit()
    sweep(stage.at)
    [note] = Notification.everywhere.filter(action_id=view.id)
    notifications.settle(
        at=stage.at, workspace_id=stage.id, notification_ids=[note.id], outcome="failed", because="no such address"
    )
    assert Escalation.everywhere.get(action_id=view.id).outcome == "nobody"
    audit(stage.at + auditing.AGAIN)
    assert [(kind, level) for kind, level, _ in told(view)] == [("escalate", 0), ("escalate", 1)]


def test_nobody_at_all_stays_on_the_list_until_it_is_over(stage: Stage) -> None:
    use_policy(stage, with_plan())
    for name in ("ada", "ben"):
        away(stage, name)
    view = stage.submit()
    sweep(stage.at)
    assert audit(stage.at + LATER).unheard == 1
    # Whoever was told a moment ago that nobody is there is not asked again at each look.
    assert (heart().unheard, heart().oldest_at) == (1, view.created_at)
    health._kept.clear()
    late = health.late(1)
    assert (late["unheard_action"]["limit"], late["escalation_auditor"]["seconds"]) == (300, 0.0)
    stage.review("ada", view, "reject")
    audit(stage.at + 2 * LATER)
    assert (heart().unheard, heart().oldest_at) == (0, None)


def test_it_goes_round_within_its_budget_and_misses_nobody(stage: Stage) -> None:
    use_policy(stage, with_plan())
    views = [stage.submit() for _ in range(5)]
    Timer.everywhere.filter(kind="escalate").delete()
    looks = [audit(stage.at + LATER, budget=2) for _ in range(4)]
    assert [look.looked_at for look in looks] == [2, 2, 1, 0]
    assert [told(view) for view in views] == [[("escalate", 0, ["Ben"])]] * 5


def test_many_at_once_are_seen_to_over_several_looks(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "MENDED", 2)
    use_policy(stage, with_plan())
    for _ in range(5):
        stage.submit()
    Timer.everywhere.filter(kind="escalate").delete()
    assert [audit(stage.at + LATER).unheard for _ in range(4)] == [2, 2, 1, 0]
    assert Escalation.everywhere.count() == 5


def test_its_own_silence_is_late(stage: Stage) -> None:
    health._kept.clear()
    assert health.late(1)["escalation_auditor"] == {"seconds": 0.0, "limit": 120}
    audit(stage.at - LONG_AGO)
    late = health.late(2)
    assert (round(late["escalation_auditor"]["seconds"], -1), late["within_limits"]) == (600, False)


def test_an_auditor_that_never_looked_is_late_where_something_waits(stage: Stage) -> None:
    stage.submit(at=stage.at - timedelta(hours=1))
    health._kept.clear()
    assert health.late(1)["escalation_auditor"]["seconds"] == pytest.approx(45 * 60, abs=30)
