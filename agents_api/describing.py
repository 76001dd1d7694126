"""Pieces of which the schema's descriptions of endpoints are made: every status that an endpoint can have."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

_JSON, _PROBLEM = "application/json", "application/problem+json"
ALWAYS = {
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
NOT_FOUND = {404: "There is none with this id in this workspace, or it is not this agent's."}
_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="Kept for 24 hours: the same request gets the first answer again, with Idempotent-Replayed: true.",
)


def id_of(prefix: str) -> dict[str, str]:
    return {"type": "string", "pattern": f"^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"}


def of(prefix: str, name: str) -> OpenApiParameter:
    """An id in the path."""
    return OpenApiParameter(name, id_of(prefix), OpenApiParameter.PATH)


ACTION_ID = of("act", "action_id")


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def answers(good: dict[int, tuple[str, str]], *groups: dict[int, str]) -> dict[Any, OpenApiResponse]:
    found: dict[Any, OpenApiResponse] = {
        (status, _JSON): OpenApiResponse(ref(name), description=text) for status, (name, text) in good.items()
    }
    for status, text in sorted({status: text for group in groups for status, text in group.items()}.items()):
        found[status, _PROBLEM] = OpenApiResponse(ref("ProblemOut"), description=text)
    return found


def post(
    operation: str,
    shape: str,
    answer: tuple[int, str, str],
    summary: str,
    *,
    of_one: bool = True,
    of: OpenApiParameter = ACTION_ID,
) -> dict[str, Any]:
    status, name, text = answer
    return {
        **named(operation, summary),
        "request": {_JSON: ref(shape)},
        "parameters": [_KEY, of] if of_one else [_KEY],
        "responses": answers({status: (name, text)}, ALWAYS, _BODY, NOT_FOUND if of_one else {}),
    }


def named(operation: str, summary: str) -> dict[str, Any]:
    # Without a text of its own, an operation would be described by its class.
    return {"operation_id": operation, "summary": summary, "description": summary + "."}


def query(name: str, schema: dict[str, Any], text: str) -> OpenApiParameter:
    return OpenApiParameter(name, schema, OpenApiParameter.QUERY, description=text)


def get(operation: str, name: str, text: str, summary: str, *parameters: OpenApiParameter) -> dict[str, Any]:
    missing = {404: "No such one in this workspace."} if any(p.location == "path" for p in parameters) else {}
    told = answers({200: (name, text)}, ALWAYS, missing)
    return {**named(operation, summary), "parameters": list(parameters), "responses": told}


def naming(described: dict[str, Any]) -> dict[str, Any]:
    """What stands in a body may name what is not there."""
    return {**described, "responses": described["responses"] | answers({}, {404: "It names what is not here."})}


def after(prefix: str) -> OpenApiParameter:
    return query("after", id_of(prefix), "`next` of the page before.")
