"""What a version of an agent may do now: the policy's word on its bound label, unless it is blocked."""

from collections.abc import Mapping
from dataclasses import dataclass

from approvals import policies
from approvals.policy.model import Canary, VersionState
from approvals.policy.stops import Stop


@dataclass(frozen=True, slots=True)
class VersionStanding:
    """`state` in words. `stop` is the switch that blocks it, None where the policy does or nothing."""

    state: str
    stop: Stop | None

    @property
    def is_blocked(self) -> bool:
        return self.state == "blocked"


def standings(workspace_id: str, agent_name: str, labels: Mapping[str, str]) -> dict[str, VersionStanding]:
    """By version id; `labels` are the bound labels by version id."""
    active = policies.active(workspace_id, fresh=True)
    blocked = {stop.target: stop for stop in (active.stops if active else ()) if stop.mode == "block"}
    return {
        version_id: VersionStanding(
            _in_words(active.version_state(agent_name, version_id=version_id, label=label) if active else "candidate"),
            blocked.get(version_id),
        )
        for version_id, label in labels.items()
    }


def _in_words(state: VersionState | None) -> str:
    return f"canary, {state.percent:f} % of traces" if isinstance(state, Canary) else str(state)
