"""The OpenAPI document says what the code does."""

import re
from typing import Any

import orjson
import pytest

from agents_api import urls
from tests.agents_api.calling import Api

GOOD = {
    "/api/v1/actions": "201",
    "/api/v1/actions/batch": "207",
    "/api/v1/stops": "201",
    "/api/v1/incidents": "201",
    "/api/v1/erasures": "201",
    "/api/v1/holds": "201",
    "/api/v1/versions/{version_id}/block": "201",
    "/api/v1/policies/proposals": "201",
    "/api/v1/policies/backtests": "202",
    "/api/v1/audit/exports": "202",
    "/api/v1/evals/runs": "201",
    "/api/v1/evals/gates": "201",
    "/api/v1/evals/plans": "201",
    "/api/v1/evals/judges": "201",
    "/api/v1/evals/outcomes": "201",
}
# What a body names may not be there.
NAMING = {f"/api/v1/evals/{name}" for name in ("runs", "gates", "baselines", "plans", "judges", "outcomes")}
ERRORS_OF_A_BODY = {"400", "401", "403", "409", "413", "415", "422", "503"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    tree: dict[str, Any] = orjson.loads(Api("").client.get("/api/v1/schema/").content)
    return tree


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert (document["openapi"], document["info"]["title"]) == ("3.1.0", "Countersign")


def test_every_endpoint_is_in_it(document: dict[str, Any]) -> None:
    routes = [re.sub(r"<str:(\w+)>", r"{\1}", str(pattern.pattern)) for pattern in urls.urlpatterns[:-2]]
    assert sorted(document["paths"]) == sorted([*(f"/api/v1/{route}" for route in routes), "/.well-known/jwks.json"])


def test_every_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert sorted(names) == sorted(set(names))
    assert len(names) == 79


def test_every_post_documents_its_refusals_and_the_idempotency_key(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        if "post" in operations:
            post = operations["post"]
            statuses = ERRORS_OF_A_BODY | ({"404"} if "{" in path or path in NAMING else set())
            good = GOOD.get(path, "200")
            assert set(post["responses"]) == statuses | {good}
            assert "Idempotency-Key" in [parameter["name"] for parameter in post["parameters"]]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def references(tree: Any) -> set[str]:
        if isinstance(tree, dict):
            own = {tree["$ref"]} if isinstance(tree.get("$ref"), str) else set()
            return own.union(*(references(value) for value in tree.values()))
        return set().union(*(references(value) for value in tree)) if isinstance(tree, list) else set()

    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) - known == set()


def test_the_keys_need_no_key_and_all_else_does(document: dict[str, Any]) -> None:
    open_ones = [
        path
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if operation["security"] != [{"bearer": []}]
    ]
    assert open_ones == ["/.well-known/jwks.json"]
