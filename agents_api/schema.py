"""The OpenAPI 3.1 document, made of the views and the shapes that they read and write."""

from functools import cache
from typing import Any

import msgspec
import orjson
from django.http import HttpRequest, HttpResponse
from drf_spectacular.generators import SchemaGenerator

from agents_api import (
    dataset_documents,
    documents,
    erasing_documents,
    eval_documents,
    export_documents,
    feedback_documents,
    hook_documents,
    policy_documents,
    serializers,
)
from agents_api.door import Door
from approvals.envelope import Envelope

MEDIA_TYPE = "application/vnd.oai.openapi+json"
_IN = (Envelope, *(getattr(serializers, name) for name in vars(serializers) if name.endswith("In")))
_DOCUMENTS = (
    documents,
    policy_documents,
    erasing_documents,
    export_documents,
    dataset_documents,
    eval_documents,
    feedback_documents,
    hook_documents,
)
_OUT = tuple(shape for module in _DOCUMENTS for name, shape in vars(module).items() if name.endswith("Out"))
_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key of an agent or a service account (csk_…), or a person's own token (csp_…).",
}


def add_components(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """Adds what the views only name: the shapes, and how a caller proves who it is."""
    shapes: dict[str, Any]
    _, shapes = msgspec.json.schema_components((*_IN, *_OUT), ref_template="#/components/schemas/{name}")
    components = result.setdefault("components", {})
    components["schemas"] = components.get("schemas", {}) | shapes
    components["securitySchemes"] = {"bearer": _BEARER}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["security"] = [] if operation["operationId"] == "jwks" else [{"bearer": []}]
    return result


@cache
def document() -> bytes:
    return orjson.dumps(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


class Schema(Door):
    schema = None

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(document(), content_type=MEDIA_TYPE)
