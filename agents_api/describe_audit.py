"""What the endpoints of the audit log take and answer, for the schema."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from agents_api.describing import ALWAYS, answers, get, named, of

EVENT = get("read_event", "EventOut", "The event.", "An event and its place in the log", of("evt", "event_id"))
RECEIPT: dict[str, Any] = {
    **named("read_receipt", "The receipt of an event: an inclusion proof under a signed checkpoint"),
    "parameters": [of("evt", "event_id")],
    "responses": {
        (200, "text/plain"): OpenApiResponse(
            {"type": "string"}, description="c2sp.org/tlog-proof, for a .tlog-proof file."
        ),
        **answers(
            {}, ALWAYS, {404: "No such one in this workspace.", 409: "Not published yet; Retry-After says when."}
        ),
    },
}
_NO_LOG = {404: "The workspace has no signed log yet."}
CHECKPOINT: dict[str, Any] = {
    **named("read_checkpoint", "The newest signed checkpoint of the workspace's log"),
    "parameters": [],
    "responses": answers({200: ("CheckpointOut", "Pin it.")}, ALWAYS, _NO_LOG),
}
CONSISTENCY: dict[str, Any] = {
    **named("read_consistency", "The proof that the log grew from a checkpoint that you hold"),
    "parameters": [OpenApiParameter("from", {"type": "integer", "minimum": 0}, OpenApiParameter.QUERY, required=True)],
    "responses": answers(
        {200: ("ConsistencyOut", "The newest checkpoint and the proof.")},
        ALWAYS,
        _NO_LOG,
        {409: "The log is shorter than the checkpoint that you hold."},
    ),
}
