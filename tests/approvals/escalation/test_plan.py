"""A plan's moments follow from the plan and the action's times alone, and each falls due once."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from approvals.escalation import plan
from approvals.policy.model import EscalationStep, Recipient, Repeat

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WHOM = (Recipient("group", "finance"),)

spans = st.integers(0, 300).map(lambda minutes: minutes * MINUTE)
repeats = st.none() | st.builds(Repeat, every=st.integers(1, 60).map(lambda m: m * MINUTE), times=st.integers(1, 9))


@st.composite
def plans(draw: st.DrawFn) -> tuple[EscalationStep, ...]:
    afters = sorted(draw(st.lists(spans, max_size=6)))
    return tuple(EscalationStep(after, WHOM, ("console",), False, draw(repeats)) for after in afters)


def step(after: int, repeat: Repeat | None = None) -> EscalationStep:
    return EscalationStep(after * MINUTE, WHOM, ("console",), False, repeat)


def told(moments: tuple[plan.Moment, ...]) -> list[tuple[int, int, int]]:
    """Level, round and minutes after the opening."""
    return [(m.level, m.round, (m.due_at - AT) // MINUTE) for m in moments]


def test_a_level_is_repeated_until_the_next_begins() -> None:
    steps = (step(0, Repeat(4 * MINUTE, 9)), step(10), step(30, Repeat(10 * MINUTE, 2)))
    found = plan.moments(steps, AT, AT + timedelta(hours=4))
    assert told(found) == [(0, 0, 0), (0, 1, 4), (0, 2, 8), (1, 0, 10), (2, 0, 30), (2, 1, 40), (2, 2, 50)]


def test_nothing_is_due_once_the_action_expires() -> None:
    steps = (step(0), step(10, Repeat(10 * MINUTE, 9)), step(60))
    assert told(plan.moments(steps, AT, AT + 30 * MINUTE)) == [(0, 0, 0), (1, 0, 10), (1, 1, 20)]


def test_a_late_look_tells_every_level_and_one_reminder_at_most() -> None:
    found = plan.moments((step(0, Repeat(2 * MINUTE, 4)), step(10, Repeat(2 * MINUTE, 9))), AT, AT + 60 * MINUTE)
    assert told(plan.due(found, plan.NOTHING, AT + 15 * MINUTE)) == [(0, 0, 0), (1, 0, 10)]
    assert plan.settled(found, plan.NOTHING, AT + 15 * MINUTE) == 7
    assert told(plan.due(found, 5, AT + 15 * MINUTE)) == [(1, 2, 14)]


@given(plans(), spans)
def test_moments_go_on_in_time_and_end_before_the_expiry(steps: tuple[EscalationStep, ...], lasts: timedelta) -> None:
    found = plan.moments(steps, AT, AT + lasts)
    assert [moment.index for moment in found] == list(range(len(found)))
    assert all(before.due_at <= after.due_at for before, after in pairwise(found))
    assert all(AT <= moment.due_at < AT + lasts for moment in found)
    assert [m.level for m in found if m.begins] == [n for n, each in enumerate(steps) if each.after < lasts]


@given(plans(), st.lists(spans, min_size=1, max_size=12))
def test_whenever_the_sweep_looks_each_level_is_told_once(
    steps: tuple[EscalationStep, ...], looks: list[timedelta]
) -> None:
    found = plan.moments(steps, AT, AT + timedelta(hours=6))
    done, seen = plan.NOTHING, list[plan.Moment]()
    for look in [*sorted(looks), timedelta(hours=7)]:
        seen += plan.due(found, done, AT + look)
        assert all(moment.due_at <= AT + look for moment in seen)
        done = plan.settled(found, done, AT + look)
        following = plan.following(found, done)
        assert following is None or following.due_at > AT + look
    assert [m for m in seen if m.begins] == [m for m in found if m.begins]
    assert len(seen) == len(set(seen))
    assert plan.following(found, done) is None
