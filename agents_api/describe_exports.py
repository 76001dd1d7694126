"""What the endpoints about the audit log take and answer, for the schema."""

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from agents_api.asking import LIMIT, LIMIT_MAX, STATES
from agents_api.describing import after, get, of, post, query


def _header(name: str, text: str) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "string"}, OpenApiParameter.HEADER, description=text)


_EXPORT_ID = of("exp", "export_id")
_EVENT_QUERY = (
    query("since", {"type": "string", "format": "date-time"}, "From this moment on."),
    query("until", {"type": "string", "format": "date-time"}, "Before this moment."),
    *(
        query(name, {"type": "string", "maxLength": most}, "Only those of it.")
        for name, most in (("actor", 80), ("agent", 100), ("tool", 200), ("kind", 60), ("rule", 200))
    ),
    query("outcome", {"type": "string", "enum": [state for state in STATES if state != "pending"]}, "Only those."),
    after("evt"),
    query("limit", {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT}, "How many at most."),
)
EVENTS = get("list_events", "EventPageOut", "One page.", "Events of the audit log, oldest first", *_EVENT_QUERY)
EXPORTS = get(
    "list_exports",
    "ExportPageOut",
    "One page.",
    "Exports, newest first",
    after("exp"),
)
EXPORT = get("read_export", "ExportOut", "The export.", "How far an export is", _EXPORT_ID)
EXPORT_ORDER = post(
    "order_export", "ExportIn", (202, "ExportOut", "The export, under way."), "Order an export", of_one=False
)
EXPORT_CANCEL = post(
    "cancel_export", "CancelIn", (200, "ExportOut", "It stops."), "Cancel an export that is under way", of=_EXPORT_ID
)
_BYTES = {"type": "string", "format": "binary"}
EXPORT_FILE = get(
    "fetch_export",
    "ExportOut",
    "",
    "The file of an export, whole or in part",
    _EXPORT_ID,
    _header("Range", "One part of the file: 206."),
    _header("If-Range", "The ETag of the file that the part is to be of."),
    _header("If-None-Match", "ETags: 304."),
)
EXPORT_FILE["responses"] = {
    **{place: answer for place, answer in EXPORT_FILE["responses"].items() if place[0] != 200},
    **{
        (status, kind): OpenApiResponse(_BYTES, description=text)
        for status, text in ((200, "The file."), (206, "The part that Range asks for."))
        for kind in ("text/csv", "application/jsonl", "text/plain", "application/pdf", "application/zip")
    },
    (409, "application/problem+json"): OpenApiResponse(
        {"$ref": "#/components/schemas/ProblemOut"}, description="It is not made yet, or gone; `code` says which."
    ),
    304: OpenApiResponse(description="It is as If-None-Match says."),
    416: OpenApiResponse(description="The part lies outside; Content-Range says how long the file is."),
}
