"""The sweep tells each level when it is due, once, goes past levels that reach nobody, and never decides anything."""

import random
from collections import Counter
from datetime import timedelta

from django.db import connection
from pytest_django.fixtures import Settings

from accounts import services as accounts
from approvals import services
from approvals.escalation import flood
from approvals.models import Action, Claim, Escalation, Notification, Timer
from approvals.services import escalating
from approvals.services.escalating import Swept
from audit.actor import OPERATOR, Door
from audit.models import Event
from outbox.models import Message
from tenancy import ids
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


def test_submitting_under_a_plan_costs_no_round_trip_more(stage: Stage) -> None:
    counts = []
    for text in (POLICY, with_plan()):
        use_policy(stage, text)
        stage.submit()
        with questions() as asked:
            stage.submit()
        counts.append(len(asked))
    # Through the ORM each row is a statement of its own.
    more = 0 if connection.vendor == "postgresql" else 1
    assert counts[1] == counts[0] + more


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


def test_a_level_that_reaches_nobody_is_skipped_at_once(stage: Stage) -> None:
    use_policy(stage, with_plan())
    away(stage, "ben")
    view = stage.submit()
    assert sweep(stage.at) == Swept(told=1)
    assert told(view) == [("escalate", 0, []), ("escalate", 1, ["Ada"])]
    skipped = Escalation.everywhere.get(action_id=view.id, n=1)
    assert (skipped.outcome, skipped.because.split(" until")[0]) == ("nobody", "Ben: away")
    assert "level:skipped" in kinds(view.id)
    # The reminders of the level that was told before its time come when they would have come.
    assert next_due(view) == stage.at + 15 * MINUTE


def test_who_stands_in_is_told_as_that(stage: Stage) -> None:
    use_policy(stage, with_plan())
    away(stage, "ben", "vera")
    view = stage.submit()
    sweep(stage.at)
    [note] = Notification.everywhere.filter(action_id=view.id)
    assert (note.user_name, note.via, note.channel, note.outcome) == (
        "Vera",
        "for Ben, who is away",
        "console",
        "promised",
    )


def test_where_nobody_is_there_at_any_level_it_is_said(stage: Stage) -> None:
    use_policy(stage, with_plan())
    away(stage, "ada")
    away(stage, "ben")
    view = stage.submit()
    assert sweep(stage.at) == Swept(told=1)
    assert [(level, names) for _, level, names in told(view)] == [(0, []), (1, []), (2, [])]
    assert (next_due(view), find(stage, view).state) == (None, "pending")


def test_who_has_voted_is_not_rung_again(stage: Stage) -> None:
    use_policy(stage, with_plan())
    view = stage.submit(args=BIG)
    stage.review("ben", view)
    sweep(stage.at)
    assert told(view)[0] == ("escalate", 0, [])
    assert "Ben" not in told(view)[1][2]
    assert Notification.everywhere.get(action_id=view.id, escalation__n=1).because == "has voted"


def test_a_decision_cancels_the_timer_and_nothing_is_told(stage: Stage) -> None:
    use_policy(stage, with_plan())
    view = stage.submit()
    stage.review("ada", view)
    assert Timer.everywhere.get(action_id=view.id, kind="escalate").cancelled_at == stage.at
    assert (sweep(stage.at), told(view)) == (Swept(), [])


def test_a_timer_that_lost_the_race_is_cancelled_and_counted(stage: Stage) -> None:
    use_policy(stage, with_plan())
    view = stage.review("ada", stage.submit())
    Timer.everywhere.filter(action_id=view.id, kind="escalate").update(cancelled_at=None)
    assert sweep(stage.at) == Swept(over=1)
    assert (told(view), next_due(view)) == ([], None)


def test_what_has_run_out_of_time_is_told_to_nobody(stage: Stage) -> None:
    use_policy(stage, with_plan())
    view = stage.submit(at=stage.at - timedelta(hours=4))
    assert sweep(stage.at) == Swept(over=1)
    assert told(view) == []


def test_while_an_approval_can_be_undone_nobody_is_told(stage: Stage) -> None:
    use_policy(stage, with_plan().replace("undo: {medium: 0s", "undo: {medium: 5s"))
    view = stage.review("ada", stage.submit())
    assert view.closing_at is not None
    assert sweep(stage.at) == Swept(put_off=1)
    assert (told(view), next_due(view)) == ([], view.closing_at + timedelta(seconds=1))


def test_each_telling_is_promised_over_its_channels(stage: Stage) -> None:
    use_policy(stage, with_plan())
    view = stage.submit()
    Message.objects.all().delete()
    sweep(stage.at + 30 * MINUTE)
    promised = list(Message.objects.order_by("id").values_list("sink", "kind", "subject"))
    lives = [("live", "action.escalated", view.id)] * 3
    assert sorted(promised) == sorted([*lives, *[("mail", "action.escalated", view.id)] * 3])
    slack = Notification.everywhere.filter(action_id=view.id, channel="slack")
    assert set(slack.values_list("outcome", "because")) == {("skipped", "Slack is not connected")}


def test_slack_is_told_once_for_everybody_where_it_is_connected(stage: Stage, settings: Settings) -> None:
    settings.OUTBOX_SINKS = {**settings.OUTBOX_SINKS, "slack": "tests.outbox.sinks.keep"}
    use_policy(stage, with_plan())
    view = stage.submit()
    sweep(stage.at + 30 * MINUTE)
    [promise] = Message.objects.filter(sink="slack")
    slack = Notification.everywhere.filter(action_id=view.id, channel="slack", outcome="promised").order_by("user_name")
    assert (promise.kind, sorted(promise.payload["notifications"])) == ("action.escalated", sorted(n.id for n in slack))
    assert [note.user_name for note in slack] == ["Ada", "Ben"]


def test_a_level_that_hands_over_ends_a_claim_of_somebody_else(stage: Stage) -> None:
    use_policy(stage, with_plan().replace("[{group: finance}]", "[{person: ada}]"))
    view = stage.submit()
    ben = stage.member("ben")
    services.claim(actor=ben.actor(Door.WEB), at=stage.at + 29 * MINUTE, member=ben, action_id=view.id)
    sweep(stage.at + 30 * MINUTE)
    assert (told(view)[-1], Claim.everywhere.count()) == (("reassign", 2, ["Ada"]), 0)
    assert "claim:released" in kinds(view.id)


def test_a_flood_is_one_letter_after_the_first_few(stage: Stage) -> None:
    use_policy(stage, with_plan().replace("[{person: ben}]", "[{person: ben}], channels: [email]"))
    views = [stage.submit() for _ in range(flood.SINGLE + 4)]
    assert sweep(stage.at) == Swept(told=len(views))
    outcomes = Counter(Notification.everywhere.values_list("outcome", flat=True))
    assert outcomes == {"promised": flood.SINGLE + 1, "collapsed": 3}
    mails = Counter(Message.objects.filter(sink="mail").values_list("kind", flat=True))
    assert mails == {"action.escalated": flood.SINGLE, "agent.flooded": 1}
    assert Event.objects.filter(kind="agent:flooded", subject_id=stage.otto.agent_id).count() == 1


def test_a_flood_goes_on_over_several_looks(stage: Stage) -> None:
    use_policy(stage, with_plan().replace("[{person: ben}]", "[{person: ben}], channels: [email]"))
    for _ in range(flood.SINGLE + 3):
        stage.submit()
        services.escalate_due(at=stage.at)
    assert Counter(Notification.everywhere.values_list("outcome", flat=True)) == {
        "promised": flood.SINGLE + 1,
        "collapsed": 2,
    }
    assert Event.objects.filter(kind="agent:flooded").count() == 1


def test_who_wants_no_letters_gets_none_and_it_is_said(stage: Stage) -> None:
    use_policy(stage, with_plan().replace("[{person: ben}]", "[{person: ben}], channels: [email]"))
    accounts.choose_letters(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, user_id=stage.people["ben"], letters="off"
    )
    view = stage.submit()
    sweep(stage.at)
    note = Notification.everywhere.get(action_id=view.id, user=stage.people["ben"], via="ben")
    assert (note.outcome, note.because) == ("skipped", "wants no letters")
    # Nobody heard of it, so the next level is told at once.
    assert told(view)[1][:2] == ("escalate", 1)


def test_a_moment_that_is_settled_is_told_no_second_time(stage: Stage) -> None:
    use_policy(stage, with_plan())
    broken, well = stage.submit(), stage.submit()
    Escalation.everywhere.create(
        id=ids.new("esc"),
        workspace_id=stage.id,
        action_id=broken.id,
        n=1,
        kind="escalate",
        cause="timer",
        outcome="nobody",
        moment=0,
        due_at=stage.at,
        fired_at=stage.at,
    )
    # The row says that the first moment is done, the timer that it is due: nothing is told twice.
    assert sweep(stage.at).looked_at == 2
    assert (told(broken), told(well)) == ([("escalate", None, [])], [("escalate", 0, ["Ben"])])


def test_one_that_cannot_fire_rests_and_keeps_no_other_waiting(stage: Stage) -> None:
    use_policy(stage, with_plan())
    broken, well = stage.submit(), stage.submit()
    Action.everywhere.filter(pk=broken.id).update(terms={})
    assert sweep(stage.at) == Swept(told=1, failed=1)
    assert (told(broken), told(well)) == ([], [("escalate", 0, ["Ben"])])
    assert next_due(broken) == stage.at + escalating.REST


def test_a_test_action_is_armed_like_any_other(stage: Stage) -> None:
    use_policy(stage, with_plan())
    stage.review("ada", stage.submit())
    services.set_seeding(actor=OPERATOR, at=stage.at, workspace_id=stage.id, every=0, chance=random.Random(1))
    view = services.seed(at=stage.at, workspace_id=stage.id, chance=random.Random(1))
    assert next_due(view) == stage.at


def test_old_tallies_are_forgotten(stage: Stage) -> None:
    use_policy(stage, with_plan().replace("[{person: ben}]", "[{person: ben}], channels: [email]"))
    stage.submit()
    sweep(stage.at)
    assert services.forget_tallies(at=stage.at) == 0
    assert services.forget_tallies(at=stage.at + escalating.TALLIES_KEPT + flood.WINDOW) == 1
