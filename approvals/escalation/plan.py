"""The frozen plan of one action as due moments.

An action keeps the name of its plan and the version of its policy, which never changes: so the same moments follow from
them for as long as the action waits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from approvals.policy.model import EscalationStep

# Before the first moment is done.
NOTHING = -1


@dataclass(frozen=True, slots=True)
class Moment:
    """`index` is its place in the plan, `level` counts from 0; `round` is 0 where the level begins, else a reminder."""

    index: int
    level: int
    round: int
    due_at: datetime

    @property
    def begins(self) -> bool:
        return self.round == 0


def moments(steps: Sequence[EscalationStep], opened_at: datetime, expires_at: datetime) -> tuple[Moment, ...]:
    """In the order in which they fall due, none at or after the expiry. A level is repeated until the next begins."""
    begins = [opened_at + step.after for step in steps]
    found: list[Moment] = []
    for level, (step, begins_at) in enumerate(zip(steps, begins, strict=True)):
        end = begins[level + 1] if level + 1 < len(begins) else expires_at
        if begins_at >= expires_at:
            break
        found.append(Moment(len(found), level, 0, begins_at))
        for n in range(1, step.repeat.times + 1 if step.repeat else 1):
            again_at = begins_at + n * step.repeat.every if step.repeat else expires_at
            if again_at >= min(end, expires_at):
                break
            found.append(Moment(len(found), level, n, again_at))
    return tuple(found)


def due(plan: Sequence[Moment], done: int, at: datetime) -> tuple[Moment, ...]:
    """What is to be told now, after the moment `done`.

    Each level that has begun is told, however late; of reminders only the last, and none where its level begins only
    now. What is left out is `settled` with the rest.
    """
    late = [moment for moment in plan if moment.index > done and moment.due_at <= at]
    begun = {moment.level for moment in late if moment.begins}
    return tuple(moment for moment in late if moment.begins or (moment is late[-1] and moment.level not in begun))


def settled(plan: Sequence[Moment], done: int, at: datetime) -> int:
    """The index of the last moment that is due at `at`, or `done` where that is later."""
    return max([done, *(moment.index for moment in plan if moment.due_at <= at)])


def following(plan: Sequence[Moment], done: int) -> Moment | None:
    return next((moment for moment in plan if moment.index > done), None)


def next_level(plan: Sequence[Moment], done: int) -> Moment | None:
    return next((moment for moment in plan if moment.index > done and moment.begins), None)
