"""The policy and the stop switches that decide in a workspace, made ready once.

Versions never change, so compiled ones are kept by id; nor do the switches between two changes of one. What is active
may be believed for some seconds: the statement that writes an action checks both again, and a stale belief writes
nothing.
"""

import time
from dataclasses import dataclass

from approvals import stops
from approvals.errors import NotFound
from approvals.models import ActivePolicy, PolicyVersion
from approvals.policy.compiled import Policy, compile_document
from approvals.policy.describe import tool_spec
from approvals.policy.document import parse
from approvals.policy.model import ToolSpec, VersionState
from approvals.policy.stops import Call, Stop, writes

BELIEVED_SECONDS = 5.0
KEPT = 256

DEFAULT = """\
name: default
defaults:
  effect: require_approval
  reviewers: [{group: reviewers, quorum: 1}]
"""

_compiled: dict[str, Policy] = {}
_pointers: dict[str, tuple[float, str, str]] = {}
_stops: dict[str, tuple[str, tuple[Stop, ...]]] = {}


@dataclass(frozen=True, slots=True)
class Active:
    """`stops_id` names the change since which the switches are as they are in `stops`: whatever is written under these
    is guarded by it.
    """

    version_id: str
    policy: Policy
    stops_id: str = ""
    stops: tuple[Stop, ...] = ()

    def call(self, *, agent: str, tool: str, version_id: str | None) -> Call:
        """The call as the stop switches look at it."""
        return Call(agent, tool, writes(self.policy.document.tools.get(tool)), version_id)

    def version_state(self, agent: str, *, version_id: str | None, label: str) -> VersionState | None:
        """The state of a version by its id and the label that an admin bound to it ("" for none)."""
        if any(stop.reach == "version" and stop.target == version_id for stop in self.stops):
            return "blocked"
        return self.policy.version_state(agent, label=label or None, has_manifest=version_id is not None)


def active(workspace_id: str, *, fresh: bool = False) -> Active | None:
    """The active policy, or None where a workspace has none yet."""
    believed = _pointers.get(workspace_id)
    if fresh or believed is None or believed[0] < time.monotonic():
        pointer = ActivePolicy.everywhere.filter(pk=workspace_id).values_list("version_id", "stops_id").first()
        if pointer is None:
            return None
        believed = (time.monotonic() + BELIEVED_SECONDS, *pointer)
        _pointers[workspace_id] = believed
    _, version_id, stops_id = believed
    return Active(version_id, compiled(version_id), stops_id, _switches(workspace_id, stops_id))


def _switches(workspace_id: str, stops_id: str) -> tuple[Stop, ...]:
    """The switches since that change. Where one moved in between they are newer than it, and then the guard fails."""
    if not stops_id:
        return ()
    known = _stops.get(workspace_id)
    if known is None or known[0] != stops_id:
        if len(_stops) >= KEPT:
            _stops.clear()
        known = _stops[workspace_id] = (stops_id, stops.stops_on(workspace_id))
    return known[1]


def compiled(version_id: str) -> Policy:
    """One version, ready to evaluate. Raises NotFound."""
    policy = _compiled.get(version_id)
    if policy is None:
        text = PolicyVersion.everywhere.filter(pk=version_id).values_list("text", flat=True).first()
        if text is None:
            raise NotFound(f"There is no policy version {version_id}.")
        if len(_compiled) >= KEPT:
            _compiled.clear()
        policy = _compiled[version_id] = compile_document(parse(text))
    return policy


def tool_of(version_id: str, tool: str) -> ToolSpec | None:
    """What that version says about the tool; None for one that it does not list."""
    return tool_spec(compiled(version_id), tool)


def forget(workspace_id: str) -> None:
    """This process looks at the active policy again at the next use."""
    _pointers.pop(workspace_id, None)


def forget_all() -> None:
    """This process believes nothing any more."""
    _pointers.clear()
    _stops.clear()
