"""Does a stop switch keep people from approving? What was approved before, the spending of its grant looks at."""

from approvals import policies
from approvals.answers import ActionView
from approvals.errors import Stopped
from approvals.policy.stops import Stop, bars_approval


def holds(view: ActionView, *, fresh: bool = False) -> Stop | None:
    """The switch that keeps this action from being approved; unless `fresh`, as this process has known it for some
    seconds at most.
    """
    active = policies.active(view.workspace_id, fresh=fresh) if view.is_open else None
    if active is None or not active.stops:
        return None
    call = active.call(agent=view.agent_name, tool=view.tool, version_id=view.agent_version_id)
    return bars_approval(active.stops, call)


def why(stop: Stop) -> str:
    return f"The stop switch is on: {stop.told}. It can be rejected; it can be approved once the switch is released."


def refuse_stopped(view: ActionView) -> None:
    """Raises Stopped."""
    stop = holds(view)
    if stop is not None:
        raise Stopped(f"{why(stop)} Nothing was changed.")
