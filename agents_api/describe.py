"""What the endpoints of actions, stops and incidents take and answer, for the schema."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from agents_api.asking import LIMIT, LIMIT_MAX, STATES
from agents_api.describing import ACTION_ID, ALWAYS, NOT_FOUND, after, answers, named, of, post, query

_INCIDENT_ID = of("inc", "incident_id")
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
    of=of("stp", "stop_id"),
)
STOPS: dict[str, Any] = {
    **named("list_stops", "The stop switches that are on, by a person's token"),
    "parameters": [],
    "responses": answers({200: ("StopsOut", "All of them.")}, ALWAYS),
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
    of=of("ver", "version_id"),
)
INCIDENT: dict[str, Any] = {
    **named("read_incident", "One incident with its story"),
    "parameters": [_INCIDENT_ID],
    "responses": answers({200: ("IncidentOut", "With `story` and `actions`.")}, ALWAYS, NOT_FOUND),
}
INCIDENTS: dict[str, Any] = {
    **named("list_incidents", "Incidents, newest first"),
    "parameters": [
        query("state", {"type": "string", "enum": ["open", "closed"]}, "Only those."),
        after("inc"),
        query("limit", {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT}, "How many."),
    ],
    "responses": answers({200: ("IncidentsOut", "One page.")}, ALWAYS),
}
LIST: dict[str, Any] = {
    **named("list_actions", "Own actions, newest first"),
    "parameters": [
        query("state", {"type": "string", "enum": list(STATES)}, "Only those in this state."),
        query("tool", {"type": "string", "maxLength": 200}, "Only those of this tool."),
        after("act"),
        query("limit", {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT}, "How many."),
    ],
    "responses": answers({200: ("PageOut", "One page.")}, ALWAYS),
}
READ: dict[str, Any] = {
    **named("read_action", "Read one action, at once or as soon as there is news"),
    "parameters": [
        ACTION_ID,
        query("wait", {"type": "integer", "minimum": 0, "maximum": 60, "default": 0}, "Seconds to wait for news."),
        OpenApiParameter("If-None-Match", {"type": "string"}, OpenApiParameter.HEADER, description="ETags: 304."),
    ],
    "responses": {
        **answers({200: ("ActionOut", "The action as it is now.")}, ALWAYS, NOT_FOUND),
        304: OpenApiResponse(description="It is as If-None-Match says."),
    },
}
WHOAMI: dict[str, Any] = {
    **named("whoami", "What this credential is and may do"),
    "parameters": [],
    "responses": answers({200: ("WhoAmIOut", "The credential.")}, ALWAYS),
}
JWKS: dict[str, Any] = {
    **named("jwks", "The public keys that grants are checked with"),
    "responses": answers({200: ("JwksOut", "RFC 7517.")}, {503: ALWAYS[503]}),
}
METRICS: dict[str, Any] = {
    **named("metrics", "The workspace's own numbers for Prometheus; scope metrics:read"),
    "parameters": [],
    "responses": {
        **answers({}, ALWAYS),
        (200, "text/plain"): OpenApiResponse({"type": "string"}, description="The text format of Prometheus."),
    },
}
