"""The stop switch: what it makes of a verdict, of an approval and of a grant. It only ever tightens. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from approvals.policy.globs import fits
from approvals.policy.grounds import Ground
from approvals.policy.model import ToolSpec

Mode = Literal["pause", "force_approvals", "deny_writes", "block"]
Reach = Literal["workspace", "agent", "tool", "version"]

# The first that covers a call is the one that is told: what ends it before what holds it up.
MODES: tuple[Mode, ...] = ("block", "deny_writes", "force_approvals", "pause")
REACHES: tuple[Reach, ...] = ("workspace", "agent", "tool", "version")


@dataclass(frozen=True, slots=True)
class Stop:
    """One switch. `target` is an agent's name, a pattern of tools or a version's id; "" for the workspace.

    `name` is the target in words, none of them an agent's own. The mode `block` is of versions alone.
    """

    id: str
    mode: Mode
    reach: Reach
    target: str
    name: str
    reason: str
    pulled_by: str
    pulled_at: datetime
    incident_id: str = ""
    released_by: str = ""
    released_at: datetime | None = None
    released_because: str = ""

    @property
    def whom(self) -> str:
        """Who or what is held, as the end of a sentence."""
        return {
            "workspace": "everything in this workspace",
            "agent": f"agent {self.name}",
            "tool": f"every tool {self.name}" if "*" in self.name else f"tool {self.name}",
            "version": f"version {self.name}",
        }[self.reach]

    @property
    def told(self) -> str:
        """What it does, as one sentence without a full stop."""
        return {
            "pause": f"{self.whom} waits, and nothing of it runs",
            "force_approvals": f"a person has to approve each action of {self.whom}",
            "deny_writes": f"writes of {self.whom} are denied",
            "block": f"{self.whom} is blocked",
        }[self.mode]


@dataclass(frozen=True, slots=True)
class Call:
    """What a switch looks at. `writes` is True for a tool that nobody described."""

    agent: str
    tool: str
    writes: bool
    version_id: str | None


def writes(spec: ToolSpec | None) -> bool:
    return spec is None or spec.access == "write"


def covers(stop: Stop, call: Call) -> bool:
    if stop.reach == "tool":
        return fits(stop.target, call.tool)
    if stop.reach == "agent":
        return stop.target == call.agent
    return stop.reach == "workspace" or stop.target == call.version_id


def covering(stops: Iterable[Stop], call: Call) -> list[Stop]:
    """Those that bear on the call, what ends it first."""
    found = [stop for stop in stops if covers(stop, call) and (stop.mode != "deny_writes" or call.writes)]
    return sorted(found, key=lambda stop: MODES.index(stop.mode))


def gravest_stop(stops: Iterable[Stop], agent: str = "") -> Stop | None:
    """What ends most, of the switches on the whole workspace or this agent; without one, of all."""
    found = [
        stop
        for stop in stops
        if not agent or stop.reach == "workspace" or (stop.reach, stop.target) == ("agent", agent)
    ]
    return min(found, key=lambda stop: MODES.index(stop.mode), default=None)


def stop_grounds(stops: Iterable[Stop], call: Call) -> Iterator[Ground]:
    """What the switches say of a new call. A blocked version is no ground here: it is that version's state."""
    for stop in covering(stops, call):
        if stop.mode != "block":
            effect: Literal["deny", "require_approval"] = "deny" if stop.mode == "deny_writes" else "require_approval"
            yield Ground(effect, "stopped", f"the stop switch is on: {stop.told}")


def bars_approval(stops: Iterable[Stop], call: Call) -> Stop | None:
    """The switch under which nobody can approve the call."""
    return next((stop for stop in covering(stops, call) if stop.mode != "force_approvals"), None)


def bars_running(stops: Iterable[Stop], call: Call, *, by_people: bool) -> Stop | None:
    """The switch under which a grant is not spent; `by_people` says that people approved it."""
    held = covering(stops, call)
    return next((stop for stop in held if stop.mode != "force_approvals" or not by_people), None)


def is_for_good(stop: Stop) -> bool:
    """Whether a grant that meets the switch is lost; under `pause` it only waits."""
    return stop.mode != "pause"
