"""The policy that decides in a workspace, compiled once.

Versions never change, so compiled ones are kept by id. Which one is active may be believed for some seconds: the
statement that writes an action checks it again, and a stale belief writes nothing.
"""

import time
from dataclasses import dataclass

from approvals.errors import NotFound
from approvals.models import ActivePolicy, PolicyVersion
from approvals.policy.compiled import Policy, compile_document
from approvals.policy.describe import tool_spec
from approvals.policy.document import parse
from approvals.policy.model import ToolSpec

BELIEVED_SECONDS = 5.0
KEPT = 256

DEFAULT = """\
name: default
defaults:
  effect: require_approval
  reviewers: [{group: reviewers, quorum: 1}]
"""

_compiled: dict[str, Policy] = {}
_pointers: dict[str, tuple[float, str]] = {}


@dataclass(frozen=True, slots=True)
class Active:
    version_id: str
    policy: Policy


def active(workspace_id: str, *, fresh: bool = False) -> Active | None:
    """The active policy, or None where a workspace has none yet."""
    believed = _pointers.get(workspace_id)
    if fresh or believed is None or believed[0] < time.monotonic():
        pointer = ActivePolicy.everywhere.filter(pk=workspace_id).values_list("version_id", flat=True).first()
        if pointer is None:
            return None
        believed = (time.monotonic() + BELIEVED_SECONDS, pointer)
        _pointers[workspace_id] = believed
    return Active(believed[1], compiled(believed[1]))


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
