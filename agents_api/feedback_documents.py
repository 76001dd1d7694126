"""What goes out about readiness, confidence, drift, scheduled gates, judges and outcomes, as shapes."""

from typing import Literal

from msgspec import Struct

from approvals.envelope import Stamp

Verdict = Literal["pass", "fail", "inconclusive", "invalid"]


class ControlOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`owner` is null where nobody answers for it, or whoever did is gone."""

    name: str
    threshold: float | None
    currency: str | None
    waived: bool
    owner: str | None


class StandOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`bound` is the one-sided 95 % bound that is held against the threshold; `n` is what the figure is of."""

    control: str
    standing: Literal["met", "missed", "not shown", "nobody answers for it", "waived"]
    value: float | None
    bound: float | None
    n: int


class AgentReadinessOut(Struct, forbid_unknown_fields=True, frozen=True):
    agent: str
    name: str
    version: str | None
    ready: bool
    controls: list[StandOut]


class ReadinessOut(Struct, forbid_unknown_fields=True, frozen=True):
    """Figures are of the newest version of each agent that asked in the last `days` days."""

    days: int
    controls: list[ControlOut]
    agents: list[AgentReadinessOut]


class BinOut(Struct, forbid_unknown_fields=True, frozen=True):
    """Answers with `low` <= confidence < `high`: the mean of what was said, the share that was right, and its 95 %
    interval.
    """

    low: float
    high: float
    n: int
    said: float
    right: float
    right_low: float
    right_high: float


class SpokenOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`bias` is what `error` would be by chance alone were the agent perfectly calibrated."""

    agent: str
    name: str
    version: str | None
    tool: str
    n: int
    brier: float
    brier_low: float | None
    brier_high: float | None
    error: float
    bias: float
    calibrated: bool
    bins: list[BinOut]


class ConfidenceOut(Struct, forbid_unknown_fields=True, frozen=True):
    items: list[SpokenOut]


class ThingOut(Struct, forbid_unknown_fields=True, frozen=True):
    feature: str
    value: str


class MixOut(Struct, forbid_unknown_fields=True, frozen=True):
    """The population stability index; without drift it stays below `limit` in 99 of 100 cases. `p` is adjusted."""

    feature: str
    index: float
    limit: float
    p: float
    n: int
    alert: bool


class StreamOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`now` are the calls of the last 7 days, `then` those of the 28 before."""

    agent: str
    name: str
    tool: str
    then: int
    now: int
    cause: Literal["drift", "policy", "version"]
    new: list[ThingOut]
    vanished: list[ThingOut]
    mixes: list[MixOut]


class DriftOut(Struct, forbid_unknown_fields=True, frozen=True):
    items: list[StreamOut]


class AlertOut(Struct, forbid_unknown_fields=True, frozen=True):
    id: str
    metric: str
    agent: str
    name: str
    tool: str
    cause: Literal["drift", "policy", "version"]
    detector: str
    since: str
    rate: float
    baseline: float
    n: int
    detail: str | None
    owner: str | None
    raised_at: Stamp


class AlertsOut(Struct, forbid_unknown_fields=True, frozen=True):
    """Those that are open, newest first."""

    items: list[AlertOut]


class PlanOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`gate` and `verdict` are of the last time, null before the first."""

    id: str
    gate_name: str
    dataset: str
    agent: str
    baseline: str
    every: Literal["run", "day", "week"]
    owner: str
    next_at: Stamp
    gate: str | None
    verdict: Verdict | None
    created_at: Stamp


class PlansOut(Struct, forbid_unknown_fields=True, frozen=True):
    items: list[PlanOut]


class EndedOut(Struct, forbid_unknown_fields=True, frozen=True):
    id: str


class JudgeOut(Struct, forbid_unknown_fields=True, frozen=True):
    """Agreement with people is null below 30 answers; only a calibrated version lets a gate pass."""

    judge: str
    version: str
    run: str
    items: int
    raw: float | None
    ac1: float | None
    low: float | None
    high: float | None
    calibrated: bool
    created_at: Stamp


class JudgesOut(Struct, forbid_unknown_fields=True, frozen=True):
    """The newest fifty."""

    items: list[JudgeOut]


class OutcomeOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`decision` is the label's kind; `execution` what the agent reported, null where it told nothing."""

    id: int
    action: str
    agent: str
    name: str
    tool: str
    decision: str
    execution: str | None
    right: bool
    severe: bool
    kind: str
    by: str
    at: Stamp


class OutcomePageOut(Struct, forbid_unknown_fields=True, frozen=True):
    """`next` is the cursor of the following page, null on the last."""

    items: list[OutcomeOut]
    next: int | None
