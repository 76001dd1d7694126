"""What each endpoint takes and answers, for the schema: every status that it can have."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from agents_api.asking import LIMIT, LIMIT_MAX, STATES

_JSON, _PROBLEM = "application/json", "application/problem+json"
_ALWAYS = {
    401: "No key, a malformed one, or one that is unknown, expired or revoked.",
    403: "The key or person may not do this here; `code` says why. `too_soon` comes with Retry-After, in seconds;"
    " `step_up_required` and `evidence_required` send the person to the console.",
    422: "Something is not acceptable; `errors` points at it.",
    503: "Try again in a moment with the same Idempotency-Key.",
}
_BODY = {
    400: "The body broke off.",
    409: "Somebody or something was first; `code` says what.",
    413: "The body is over 256 KiB, or the arguments are over 64 KiB.",
    415: "The body is not announced as application/json.",
}
_NOT_FOUND = {404: "There is none with this id in this workspace, or it is not this agent's."}
_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="Kept for 24 hours: the same request gets the first answer again, with Idempotent-Replayed: true.",
)


def id_of(prefix: str) -> dict[str, str]:
    return {"type": "string", "pattern": f"^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"}


def _path_id(name: str, prefix: str) -> OpenApiParameter:
    return OpenApiParameter(name, id_of(prefix), OpenApiParameter.PATH)


_ID = id_of("act")
_INCIDENT_SCHEMA = id_of("inc")
_STOP_ID = _path_id("stop_id", "stp")
_INCIDENT_ID = _path_id("incident_id", "inc")
_VERSION_ID = _path_id("version_id", "ver")
_ACTION_ID = OpenApiParameter("action_id", _ID, OpenApiParameter.PATH)


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _answers(good: dict[int, tuple[str, str]], *groups: dict[int, str]) -> dict[Any, OpenApiResponse]:
    answers: dict[Any, OpenApiResponse] = {
        (status, _JSON): OpenApiResponse(_ref(name), description=text) for status, (name, text) in good.items()
    }
    for status, text in sorted({status: text for group in groups for status, text in group.items()}.items()):
        answers[status, _PROBLEM] = OpenApiResponse(_ref("ProblemOut"), description=text)
    return answers


def post(
    operation: str,
    shape: str,
    answer: tuple[int, str, str],
    summary: str,
    *,
    of_one: bool = True,
    of: OpenApiParameter = _ACTION_ID,
) -> dict[str, Any]:
    status, name, text = answer
    return {
        **_named(operation, summary),
        "request": {_JSON: _ref(shape)},
        "parameters": [_KEY, of] if of_one else [_KEY],
        "responses": _answers({status: (name, text)}, _ALWAYS, _BODY, _NOT_FOUND if of_one else {}),
    }


def _named(operation: str, summary: str) -> dict[str, Any]:
    # Without a text of its own, an operation would be described by its class.
    return {"operation_id": operation, "summary": summary, "description": summary + "."}


def query(name: str, schema: dict[str, Any], text: str) -> OpenApiParameter:
    return OpenApiParameter(name, schema, OpenApiParameter.QUERY, description=text)


_THE_ACTION = (200, "ActionOut", "The action as it is now.")

SUBMIT = post(
    "submit", "Envelope", (201, "ActionOut", "The action; policy may have decided it."), "Submit", of_one=False
)
BATCH = post(
    "submit_batch",
    "BatchIn",
    (207, "BatchOut", "One result for each item, in order."),
    "Submit up to 100",
    of_one=False,
)
VALIDATE = post(
    "validate", "Envelope", (200, "ValidationOut", "What would happen."), "Check without storing", of_one=False
)
REVIEW = post("review", "ReviewIn", _THE_ACTION, "Approve, edit or reject, by a person's token")
UNDO = post("undo_review", "UndoIn", _THE_ACTION, "Take the own vote back, by a person's token")
SPEND = post("spend", "SpendIn", (200, "SpentOut", "Run exactly this, now, once."), "Take the single-use grant")
RESULT = post("report_result", "ResultIn", _THE_ACTION, "Report how the execution ended")
WITHDRAW = post("withdraw", "WithdrawIn", _THE_ACTION, "Take a pending action back")
MESSAGE = post("answer_question", "MessageIn", _THE_ACTION, "Answer the reviewer's question")
STOP = post(
    "pull_stop", "StopIn", (201, "StopOut", "It is on."), "Pull a stop switch, by a person's token", of_one=False
)
RELEASE = post(
    "release_stop",
    "ReleaseIn",
    (200, "StopOut", "It is off."),
    "Release a stop switch, by a person's token",
    of=_STOP_ID,
)
STOPS: dict[str, Any] = {
    **_named("list_stops", "The stop switches that are on, by a person's token"),
    "parameters": [],
    "responses": _answers({200: ("StopsOut", "All of them.")}, _ALWAYS),
}
_THE_INCIDENT = (200, "IncidentOut", "The incident as it is now.")
OPEN_INCIDENT = post(
    "open_incident",
    "IncidentIn",
    (201, "IncidentOut", "It is open."),
    "Open an incident, by a person's token",
    of_one=False,
)
STEP = post("take_step", "StepIn", _THE_INCIDENT, "Take one step of the playbook", of=_INCIDENT_ID)
NOTE = post("note_incident", "NoteIn", _THE_INCIDENT, "Add a line to an incident's story", of=_INCIDENT_ID)
CLOSE = post("close_incident", "NoteIn", _THE_INCIDENT, "Close an incident with what was found", of=_INCIDENT_ID)
BLOCK = post(
    "block_version",
    "BlockIn",
    (201, "StopOut", "It is blocked; releasing the switch takes that back."),
    "Block a version of an agent, by a person's token",
    of=_VERSION_ID,
)
INCIDENT: dict[str, Any] = {
    **_named("read_incident", "One incident with its story"),
    "parameters": [_INCIDENT_ID],
    "responses": _answers({200: ("IncidentOut", "With `story` and `actions`.")}, _ALWAYS, _NOT_FOUND),
}
INCIDENTS: dict[str, Any] = {
    **_named("list_incidents", "Incidents, newest first"),
    "parameters": [
        query("state", {"type": "string", "enum": ["open", "closed"]}, "Only those."),
        query("after", _INCIDENT_SCHEMA, "`next` of the page before."),
        query("limit", {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT}, "How many."),
    ],
    "responses": _answers({200: ("IncidentsOut", "One page.")}, _ALWAYS),
}
LIST: dict[str, Any] = {
    **_named("list_actions", "Own actions, newest first"),
    "parameters": [
        query("state", {"type": "string", "enum": list(STATES)}, "Only those in this state."),
        query("tool", {"type": "string", "maxLength": 200}, "Only those of this tool."),
        query("after", _ID, "`next` of the page before."),
        query("limit", {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT}, "How many."),
    ],
    "responses": _answers({200: ("PageOut", "One page.")}, _ALWAYS),
}
READ: dict[str, Any] = {
    **_named("read_action", "Read one action, at once or as soon as there is news"),
    "parameters": [
        _ACTION_ID,
        query("wait", {"type": "integer", "minimum": 0, "maximum": 60, "default": 0}, "Seconds to wait for news."),
        OpenApiParameter("If-None-Match", {"type": "string"}, OpenApiParameter.HEADER, description="ETags: 304."),
    ],
    "responses": {
        **_answers({200: ("ActionOut", "The action as it is now.")}, _ALWAYS, _NOT_FOUND),
        304: OpenApiResponse(description="It is as If-None-Match says."),
    },
}
WHOAMI: dict[str, Any] = {
    **_named("whoami", "What this credential is and may do"),
    "parameters": [],
    "responses": _answers({200: ("WhoAmIOut", "The credential.")}, _ALWAYS),
}
JWKS: dict[str, Any] = {
    **_named("jwks", "The public keys that grants are checked with"),
    "responses": _answers({200: ("JwksOut", "RFC 7517.")}, {503: _ALWAYS[503]}),
}


def get(operation: str, name: str, text: str, summary: str, *parameters: OpenApiParameter) -> dict[str, Any]:
    missing = {404: "No such one in this workspace."} if any(p.location == "path" for p in parameters) else {}
    answers = _answers({200: (name, text)}, _ALWAYS, missing)
    return {**_named(operation, summary), "parameters": list(parameters), "responses": answers}


def of(prefix: str, name: str) -> OpenApiParameter:
    shape = {"type": "string", "pattern": f"^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"}
    return OpenApiParameter(name, shape, OpenApiParameter.PATH)


_AFTER_POLICY = query(
    "after", {"type": "string", "pattern": "^pol_[0-7][0-9a-hjkmnp-tv-z]{25}$"}, "`next` of the page before."
)
POLICIES = get("list_policies", "PolicyPageOut", "One page.", "Policy versions, newest first", _AFTER_POLICY)
POLICY = get("read_policy", "PolicyVersionOut", "The version.", "One version with its text", of("pol", "version_id"))
PROPOSAL = get("read_proposal", "ProposalOut", "The proposal.", "Where a proposal stands", of("prp", "proposal_id"))
BACKTEST = get("read_backtest", "BacktestOut", "The backtest.", "How far a backtest is", of("job", "job_id"))
POLICY_CHECK = post(
    "check_policy",
    "PolicyIn",
    (200, "PolicyCheckOut", "What is wrong with it, and what it changes."),
    "Check a policy without storing it",
    of_one=False,
)
POLICY_PROPOSE = post(
    "propose_policy",
    "PolicyIn",
    (201, "ProposalOut", "The proposal; people sign it in the console."),
    "Propose a policy",
    of_one=False,
)
BACKTEST_START = post(
    "start_backtest",
    "BacktestIn",
    (202, "BacktestOut", "The backtest, under way."),
    "Replay the past on a policy",
    of_one=False,
)

EVENT = get("read_event", "EventOut", "The event.", "An event and its place in the log", of("evt", "event_id"))
RECEIPT: dict[str, Any] = {
    **_named("read_receipt", "The receipt of an event: an inclusion proof under a signed checkpoint"),
    "parameters": [of("evt", "event_id")],
    "responses": {
        (200, "text/plain"): OpenApiResponse(
            {"type": "string"}, description="c2sp.org/tlog-proof, for a .tlog-proof file."
        ),
        **_answers(
            {}, _ALWAYS, {404: "No such one in this workspace.", 409: "Not published yet; Retry-After says when."}
        ),
    },
}
_NO_LOG = {404: "The workspace has no signed log yet."}
CHECKPOINT: dict[str, Any] = {
    **_named("read_checkpoint", "The newest signed checkpoint of the workspace's log"),
    "parameters": [],
    "responses": _answers({200: ("CheckpointOut", "Pin it.")}, _ALWAYS, _NO_LOG),
}
CONSISTENCY: dict[str, Any] = {
    **_named("read_consistency", "The proof that the log grew from a checkpoint that you hold"),
    "parameters": [OpenApiParameter("from", {"type": "integer", "minimum": 0}, OpenApiParameter.QUERY, required=True)],
    "responses": _answers(
        {200: ("ConsistencyOut", "The newest checkpoint and the proof.")},
        _ALWAYS,
        _NO_LOG,
        {409: "The log is shorter than the checkpoint that you hold."},
    ),
}
METRICS: dict[str, Any] = {
    **_named("metrics", "The workspace's own numbers for Prometheus; scope metrics:read"),
    "parameters": [],
    "responses": {
        **_answers({}, _ALWAYS),
        (200, "text/plain"): OpenApiResponse({"type": "string"}, description="The text format of Prometheus."),
    },
}
_RUN_ID = of("run", "run_id")
_AFTER_RUN = query(
    "after", {"type": "string", "pattern": "^run_[0-7][0-9a-hjkmnp-tv-z]{25}$"}, "`next` of the page before."
)
RUNS = get("list_runs", "RunPageOut", "One page.", "Evaluation runs, newest first", _AFTER_RUN)
RUN = get("read_run", "RunOut", "The run.", "One evaluation run", _RUN_ID)
GATE = get("read_gate", "GateOut", "What the gate said.", "One gate result", of("gat", "gate_id"))


def _of_dataset(described: dict[str, Any]) -> dict[str, Any]:
    """What stands in a body may name what is not there."""
    return {**described, "responses": described["responses"] | _answers({}, {404: "It names what is not here."})}


OPEN_RUN = _of_dataset(
    post("open_run", "RunIn", (201, "RunOut", "It takes answers now."), "Open an evaluation run", of_one=False)
)
RUN_ITEMS = post(
    "add_answers", "AnswersIn", (200, "ReceivedOut", "They are scored and kept."), "Send answers of a run", of=_RUN_ID
)
CLOSE_RUN = post("close_run", "CloseRunIn", (200, "RunOut", "It is closed."), "Close an evaluation run", of=_RUN_ID)
CHECK_GATE = _of_dataset(
    post("check_gate", "GateIn", (201, "GateOut", "The verdict."), "Judge a run against a baseline", of_one=False)
)
MOVE_BASELINE = _of_dataset(
    post("move_baseline", "BaselineIn", (200, "BaselineOut", "It points there now."), "Move a baseline", of_one=False)
)
_AFTER_DATASET = query("after", id_of("dst"), "`next` of the page before.")
_AFTER_EXAMPLE = query(
    "after", {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": 0}, "`next` of the page before."
)
DATASETS = get("list_datasets", "DatasetPageOut", "One page.", "Datasets, newest first", _AFTER_DATASET)
DATASET = get("read_dataset", "DatasetOut", "The dataset.", "One dataset with its versions", of("dst", "dataset_id"))
EXAMPLES = get(
    "list_examples",
    "ExamplePageOut",
    "One page.",
    "What stands in a frozen version",
    of("dsv", "frozen_id"),
    _AFTER_EXAMPLE,
)
