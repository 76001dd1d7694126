"""What comes in, field by field. The envelope has its own module, `approvals.envelope`."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from approvals.envelope import Stamp, Text, ToolCall, Usage

Comment = Annotated[str, Meta(max_length=4_000)]
Said = Annotated[str, Meta(min_length=1, max_length=4_000)]
Digest = Annotated[str, Meta(pattern=r"^sha256:[0-9a-f]{64}$")]
ActionId = Annotated[str, Meta(pattern=r"^act_[0-9a-hjkmnp-tv-z]{26}$")]
VersionId = Annotated[str, Meta(pattern=r"^ver_[0-9a-hjkmnp-tv-z]{26}$")]
Why = Annotated[str, Meta(max_length=500)]
Check = Annotated[str, Meta(max_length=500)]
Document = Annotated[str, Meta(max_length=262_144)]
BATCH_MAX = 100
PROMPTS_MAX = 20


class ReviewIn(Struct, forbid_unknown_fields=True, frozen=True):
    """A vote on one revision. `tool_call` holds edited arguments; approving with it makes a new revision.

    `checks` are the texts that the reviewer confirms: an approval needs each one that the policy asks for.
    `alternative` is, on a rejection, the call that would have been right; it is learned from and never runs.
    """

    verdict: Literal["approve", "reject"]
    revision: Annotated[int, Meta(ge=1, le=1_000_000)]
    digest: Digest
    tool_call: ToolCall | None = None
    reason_code: Annotated[str, Meta(max_length=60)] | None = None
    comment: Comment | None = None
    checks: Annotated[list[Check], Meta(max_length=100)] = []
    alternative: ToolCall | None = None


class UndoIn(Struct, forbid_unknown_fields=True, frozen=True):
    """Nothing to say: the token names the person, and so the vote."""


class SpendIn(Struct, forbid_unknown_fields=True, frozen=True):
    """`grant` is `decision.grant` as it came."""

    grant: Annotated[str, Meta(min_length=1, max_length=4_000)]


class ResultIn(Struct, forbid_unknown_fields=True, frozen=True):
    """How the execution ended. `executed_args` are the arguments that the tool really got."""

    status: Literal["succeeded", "failed", "unknown"]
    output: Any = None
    error: Text | None = None
    executed_args: dict[str, Any] | None = None
    started_at: Stamp | None = None
    duration_ms: Annotated[float, Meta(ge=0)] | None = None
    usage: Usage | None = None


class WithdrawIn(Struct, forbid_unknown_fields=True, frozen=True):
    """Why the agent no longer wants it."""

    reason: Comment | None = None


class MessageIn(Struct, forbid_unknown_fields=True, frozen=True):
    """The agent's answer to the reviewer's question."""

    text: Said


class StopIn(Struct, forbid_unknown_fields=True, frozen=True):
    """`agent` is a name, `tool` a name or a pattern with stars; without either the whole workspace stops."""

    mode: Literal["pause", "force_approvals", "deny_writes"]
    agent: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    tool: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    reason: Why | None = None


class ReleaseIn(Struct, forbid_unknown_fields=True, frozen=True):
    """`reason`: why it is safe again."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class BlockIn(Struct, forbid_unknown_fields=True, frozen=True):
    """`back_to` is the id of another version of the same agent, for its owner to go back to."""

    back_to: VersionId | None = None
    reason: Why | None = None


class IncidentIn(Struct, forbid_unknown_fields=True, frozen=True):
    """`actions` are ids. An incident that `looks_manipulated` is told to security."""

    title: Annotated[str, Meta(min_length=1, max_length=300)]
    severity: Literal["low", "medium", "high", "critical"]
    looks_manipulated: bool = False
    actions: Annotated[list[ActionId], Meta(max_length=100)] = []
    text: Comment | None = None


class StepIn(Struct, forbid_unknown_fields=True, frozen=True):
    """One step of the playbook, against the agent that the incident is about."""

    step: Literal["deny_writes", "force_approvals", "revoke_grants", "block_version"]


class NoteIn(Struct, forbid_unknown_fields=True, frozen=True):
    """A line of the story; at the close what was found."""

    text: Said


class PressIn(Struct, forbid_unknown_fields=True, frozen=True):
    """Nothing to say: the token names the person, the address the rest."""


class ErasureIn(Struct, forbid_unknown_fields=True, frozen=True):
    """`subject` is an action's id, a counterpart as it stands in the action, or a person's id. `note` is erased with
    what it asks for.
    """

    kind: Literal["action", "counterpart", "person"]
    subject: Annotated[str, Meta(min_length=1, max_length=80)]
    basis: Literal["no_longer_needed", "consent_withdrawn", "objection", "unlawful", "legal_duty", "other"]
    note: Annotated[str, Meta(max_length=2_000)] | None = None


class HoldIn(Struct, forbid_unknown_fields=True, frozen=True):
    """Without a kind, the whole workspace is held."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]
    kind: Literal["action", "counterpart", "person"] | None = None
    subject: Annotated[str, Meta(min_length=1, max_length=80)] | None = None


class BatchIn(Struct, forbid_unknown_fields=True, frozen=True):
    """Each item is an envelope, checked by itself, so that one bad item does not stop the others."""

    actions: Annotated[list[Any], Meta(min_length=1, max_length=BATCH_MAX)]


class PolicyIn(Struct, forbid_unknown_fields=True, frozen=True):
    """A policy document (YAML), and why it should decide."""

    text: Document
    note: Annotated[str, Meta(max_length=2_000)] | None = None


class ExportFilterIn(Struct, forbid_unknown_fields=True, frozen=True):
    """What an export is narrowed to; `until` is excluded."""

    since: Stamp | None = None
    until: Stamp | None = None
    actor: Annotated[str, Meta(max_length=80)] | None = None
    agent: Annotated[str, Meta(max_length=100)] | None = None
    tool: Annotated[str, Meta(max_length=200)] | None = None
    kind: Annotated[str, Meta(max_length=60)] | None = None
    outcome: Literal["approved", "rejected", "expired", "withdrawn"] | None = None
    rule: Annotated[str, Meta(max_length=200)] | None = None


class ExportIn(Struct, forbid_unknown_fields=True, frozen=True):
    """`what` is events, all, log or the name of a report; `values` adds what stands behind the commitments."""

    what: Annotated[str, Meta(max_length=40)]
    format: Literal["csv", "jsonl", "ocsf", "cef", "pdf", "bundle"]
    asked: ExportFilterIn = ExportFilterIn()
    values: bool = False


class CancelIn(Struct, forbid_unknown_fields=True, frozen=True):
    """Nothing to say: the address names the export."""


class BacktestIn(Struct, forbid_unknown_fields=True, frozen=True):
    """A policy document, which is saved as a version, and how far to look back."""

    text: Document
    days: Annotated[int, Meta(ge=1, le=366)] = 30


Share = Annotated[float, Meta(ge=0, le=1)]
RunId = Annotated[str, Meta(pattern=r"^(run:)?run_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
Named = Annotated[str, Meta(min_length=1, max_length=100)]
Key = Annotated[str, Meta(min_length=1, max_length=80)]


class ScorerIn(Struct, forbid_unknown_fields=True, frozen=True):
    """A scorer of your own. A judge lets nothing pass a gate before it was calibrated against people."""

    kind: Literal["judge", "human", "deterministic"]
    version: Key
    rubric: Annotated[str, Meta(max_length=4_000)] = ""


class RunIn(Struct, forbid_unknown_fields=True, frozen=True):
    """A run on a frozen version (`dsv_…`), or on one split of it. `tool_schemas` are hashes by tool, where known."""

    version: Annotated[str, Meta(pattern=r"^dsv_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    agent: Named
    agent_version: Annotated[str, Meta(max_length=100)] = ""
    label: Annotated[str, Meta(max_length=120)] = ""
    split: Literal["", "train", "eval", "holdout"] = ""
    repetitions: Annotated[int, Meta(ge=1, le=20)] = 1
    scorers: Annotated[dict[Key, ScorerIn], Meta(max_length=20)] = {}
    tool_schemas: Annotated[dict[Key, Annotated[str, Meta(max_length=100)]], Meta(max_length=500)] = {}


class ScoreIn(Struct, forbid_unknown_fields=True, frozen=True):
    passed: bool
    value: Annotated[float, Meta(ge=-1e12, le=1e12)] | None = None


class OutputIn(Struct, forbid_unknown_fields=True, frozen=True):
    tool: Annotated[str, Meta(min_length=1, max_length=200)]
    args: dict[str, Any]


class AnswerIn(Struct, forbid_unknown_fields=True, frozen=True):
    """One answer. `example` is an id of the example, of its revision, or your own; `output` is null where the agent
    called nothing.
    """

    example: Annotated[str, Meta(min_length=1, max_length=200)]
    repetition: Annotated[int, Meta(ge=0, le=19)] = 0
    output: OutputIn | None = None
    escalated: bool = False
    error: Annotated[str, Meta(max_length=300)] = ""
    latency_ms: Annotated[float, Meta(ge=0, le=1e12)] | None = None
    cost: Annotated[float, Meta(ge=0, le=1e12)] | None = None
    scores: Annotated[dict[Key, ScoreIn], Meta(max_length=20)] = {}


class AnswersIn(Struct, forbid_unknown_fields=True, frozen=True):
    """One chunk. The same chunk may be sent again."""

    items: Annotated[list[AnswerIn], Meta(min_length=1, max_length=1_000)]


class CloseRunIn(Struct, forbid_unknown_fields=True, frozen=True):
    """Nothing to say: the path names the run."""


class GateIn(Struct, forbid_unknown_fields=True, frozen=True):
    """`baseline` is a run, or `tag:NAME` of the candidate's dataset; `spec` is the gate as docs/evaluation.md tells.
    Where one of `prompts`, which the candidate was told, holds an example, the gate is invalid.
    """

    candidate: RunId
    spec: dict[str, Any]
    baseline: Annotated[str, Meta(min_length=1, max_length=60)] = "tag:baseline"
    prompts: Annotated[list[Document], Meta(max_length=PROMPTS_MAX)] = []


class PromptsIn(Struct, forbid_unknown_fields=True, frozen=True):
    """What agents are told beforehand: prompts, examples in them, training files."""

    prompts: Annotated[list[Document], Meta(min_length=1, max_length=PROMPTS_MAX)]


class BaselineIn(Struct, forbid_unknown_fields=True, frozen=True):
    """Points a tag at a closed run."""

    run: RunId
    name: Annotated[str, Meta(min_length=1, max_length=40)] = "baseline"


class ControlIn(Struct, forbid_unknown_fields=True, frozen=True):
    """One of the five controls. `threshold` is in its own unit: a share, a rate per 1,000, days, or money.

    `owner` is the id of the person who answers for it; `why` is needed where it is waived.
    """

    name: Literal["trace_coverage", "tool_success", "policy_violations", "passing_gate", "cost_per_task"]
    owner: Annotated[str, Meta(min_length=1, max_length=40)]
    threshold: Annotated[float, Meta(ge=0, le=1e9)] | None = None
    currency: Annotated[str, Meta(max_length=10)] = ""
    waived: bool = False
    why: Comment = ""


class PlanIn(Struct, forbid_unknown_fields=True, frozen=True):
    """A gate that is judged by itself at each new run, or each day or week; `owner` gets a letter of each verdict."""

    dataset: Annotated[str, Meta(min_length=1, max_length=100)]
    agent: Named
    spec: dict[str, Any]
    every: Literal["run", "day", "week"]
    owner: Annotated[str, Meta(min_length=1, max_length=40)]
    baseline: Annotated[str, Meta(min_length=1, max_length=60)] = "tag:baseline"


class EndPlanIn(Struct, forbid_unknown_fields=True, frozen=True):
    """Nothing to say: the path names the plan."""


class JudgeIn(Struct, forbid_unknown_fields=True, frozen=True):
    """Holds the scores of `judge` against those of `human` on the same answers of a closed run."""

    run: RunId
    judge: Key
    human: Key


class OutcomeIn(Struct, forbid_unknown_fields=True, frozen=True):
    """What came of an action after it was decided."""

    action: ActionId
    right: bool
    severe: bool = False
    kind: Literal["chargeback", "rollback", "complaint", "incident", "confirmed", "other"] = "other"
    comment: Comment = ""
