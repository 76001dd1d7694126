"""Everything that the door refuses, with the place and a sentence that says what to do."""

from typing import Any

import pytest
from django.test import Client

from tests.agents_api.calling import REFUND, Api, otto
from tests.cast import Stage

CALL = b'{"tool_call":{"name":"crm.note","args":{"text":%s}}}'


def note(text: bytes) -> bytes:
    return CALL % text


@pytest.mark.parametrize(
    ("raw", "pointer", "code"),
    [
        (b'{"tool_call":{"name":"a","args":{"a":1,"a":2}}}', "/tool_call/args/a", "duplicate_key"),
        (note(b"NaN"), "/tool_call/args/text", "not_a_number"),
        (note(b"Infinity"), "/tool_call/args/text", "not_a_number"),
        (note(b"-Infinity"), "/tool_call/args/text", "not_a_number"),
        (note(b"9007199254740992"), "/tool_call/args/text", "number_out_of_range"),
        (note(b"-9007199254740992"), "/tool_call/args/text", "number_out_of_range"),
        (note(b"1e999"), "/tool_call/args/text", "number_out_of_range"),
        (note(b"0.1000000000000000055511151231257827"), "/tool_call/args/text", "number_not_exact"),
        (note(b'"\\ud800"'), "/tool_call/args/text", "lone_surrogate"),
        (note(b'"\\u0000"'), "/tool_call/args/text", "nul_character"),
        (note(b"[" * 40 + b"]" * 40), "/tool_call/args/text" + "/0" * 29, "too_deep"),
        (note(b"[" + b",".join([b"1"] * 1001) + b"]"), "/tool_call/args/text", "too_many_items"),
        (b'{"tool_call": ', "/tool_call", "not_json"),
        (b"", "", "not_json"),
        (b'{"a": 1} x', "", "not_json"),
        (b'{"summary": "\xff"}', "/summary", "bad_encoding"),
    ],
)
def test_what_is_not_strict_json_is_refused_with_its_place(stage: Stage, raw: bytes, pointer: str, code: str) -> None:
    answer = otto(stage).post("/actions", raw)
    assert (answer.status, answer.problem.code, answer.faults) == (422, code, [(pointer, code)])


@pytest.mark.parametrize(
    ("more", "pointer", "code"),
    [
        ({"expires": 5}, "/expires", "unknown_field"),
        ({"a/b~c": 5}, "/a~1b~0c", "unknown_field"),
        ({"trace": {"stepz": []}}, "/trace/stepz", "unknown_field"),
        ({"trace": {"steps": [{"name": "a"}, {"name": 3}]}}, "/trace/steps/1/name", "wrong_type"),
        ({"tool_call": {"args": {}}}, "/tool_call/name", "missing_field"),
        ({"tool_call": {"name": "a"}}, "/tool_call/args", "missing_field"),
        ({"tool_call": {"name": "a", "args": []}}, "/tool_call/args", "wrong_type"),
        ({"tool_call": {"name": "a b", "args": {}}}, "/tool_call/name", "bad_format"),
        ({"expires_in": "soon"}, "/expires_in", "wrong_type"),
        ({"expires_in": 0}, "/expires_in", "out_of_range"),
        ({"expires_in": True}, "/expires_in", "wrong_type"),
        ({"confidence": 1.5}, "/confidence", "out_of_range"),
        ({"summary": "s" * 2001}, "/summary", "bad_length"),
        ({"trace_id": "t" * 201}, "/trace_id", "bad_length"),
        ({"supersedes": "act_1"}, "/supersedes", "bad_format"),
        ({"editable": ["amount"]}, "/editable/0", "bad_format"),
        ({"impact": {"amount": {"value": "1,5", "currency": "USD"}}}, "/impact/amount/value", "bad_format"),
        ({"actor": "ottavia"}, "/actor", "wrong_actor"),
        ({"supersedes": "act_01m7wazxb0esgvqf5qdsgq3vw5"}, "/supersedes", "invalid"),
    ],
)
def test_what_is_no_envelope_is_refused_with_its_place(
    stage: Stage, more: dict[str, Any], pointer: str, code: str
) -> None:
    answer = otto(stage).submit({**REFUND, **more})
    assert (answer.status, answer.problem.code, [fault[0] for fault in answer.faults]) == (422, code, [pointer])


@pytest.mark.parametrize("body", [[], 3, "text", None])
def test_a_body_that_is_no_object_is_refused(stage: Stage, body: Any) -> None:
    answer = otto(stage).submit(b"null" if body is None else body)
    assert (answer.status, answer.faults) == (422, [("", "wrong_type")])


def test_arguments_that_break_the_tools_schema_are_refused_with_their_place(stage: Stage) -> None:
    answer = otto(stage).submit({"tool_call": {"name": "billing.refund", "args": {"customer_id": 5, "amount_usd": 1}}})
    assert (answer.status, answer.problem.code) == (422, "schema_mismatch")
    assert [pointer for pointer, _ in answer.faults] == ["/tool_call/args/customer_id"]


@pytest.mark.parametrize("raw", [b'"' + b"x" * 256 * 1024 + b'"', b"[" * 256 * 1024 + b"1"])
def test_a_body_over_256_kib_is_too_large(stage: Stage, raw: bytes) -> None:
    answer = otto(stage).post("/actions", raw)
    assert (answer.status, answer.problem.code) == (413, "too_large")


def test_a_body_over_djangos_own_limit_is_too_large_too(stage: Stage) -> None:
    assert otto(stage).post("/actions", b"x" * 2 * 1024 * 1024).status == 413


def test_arguments_over_64_kib_are_too_large(stage: Stage) -> None:
    answer = otto(stage).submit({"tool_call": {"name": "crm.note", "args": {"text": "x" * 65_536}}})
    assert (answer.status, answer.problem.code) == (413, "arguments_too_large")
    assert [pointer for pointer, _ in answer.faults] == ["/tool_call/args"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_another_media_type_is_refused(stage: Stage, kind: str) -> None:
    answer = otto(stage).post("/actions", b"{}", content_type=kind)
    assert (answer.status, answer.problem.code) == (415, "unsupported_media_type")


def test_a_charset_does_no_harm(stage: Stage) -> None:
    answer = otto(stage).post("/actions", REFUND, content_type="application/json; charset=utf-8")
    assert answer.status == 201


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize(("path", "allowed"), [("/actions", "GET, POST, HEAD"), ("/actions/act_1", "GET, HEAD")])
def test_an_unknown_method_names_the_known_ones(stage: Stage, method: str, path: str, allowed: str) -> None:
    response = otto(stage).client.generic(method, f"/api/v1{path}")
    assert (response.status_code, response["Content-Type"]) == (405, "application/problem+json")
    assert response["Allow"] == allowed


@pytest.mark.parametrize("path", ["/", "/actions/", "/nowhere", "/actions/act_1/approve", "/schema"])
def test_an_unknown_path_is_a_problem_too(stage: Stage, path: str) -> None:
    answer = otto(stage).get(path)
    assert (answer.status, answer.problem.code) == (404, "not_found")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v2/actions", "/api/nowhere", "/api/v1/nowhere"])
def test_every_other_path_under_api_is_a_problem_whatever_the_method(db: None, method: str, path: str) -> None:
    response = Client(enforce_csrf_checks=True).generic(method, path)
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert response["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("limit=0", "/limit", "out_of_range"),
        ("limit=101", "/limit", "out_of_range"),
        ("limit=ten", "/limit", "out_of_range"),
        ("limit=%D9%A1", "/limit", "out_of_range"),
        ("state=open", "/state", "bad_format"),
        ("after=5", "/after", "bad_format"),
        ("tool=%00", "/tool", "bad_format"),
        ("stat=pending", "/stat", "unknown_parameter"),
        ("limit=1&limit=2", "/limit", "duplicate_parameter"),
    ],
)
def test_a_query_is_read_as_strictly_as_a_body(stage: Stage, query: str, pointer: str, code: str) -> None:
    answer = otto(stage).get(f"/actions?{query}")
    assert (answer.status, answer.faults) == (422, [(pointer, code)])


@pytest.mark.parametrize("wait", ["-1", "61", "1.5", "x", ""])
def test_a_wait_is_a_whole_number_up_to_a_minute(stage: Stage, wait: str) -> None:
    action = otto(stage).submit().action
    answer = otto(stage).get(f"/actions/{action.id}?wait={wait}")
    assert (answer.status, answer.faults) == (422, [("/wait", "out_of_range")])


def test_each_refusal_says_what_to_do_and_carries_the_request_id(stage: Stage) -> None:
    answer = otto(stage).submit({**REFUND, "expires": 5})
    problem = answer.problem
    assert problem.errors[0].detail == "There is no field 'expires' here; check its spelling."
    assert problem.type == "urn:countersign:problem:unknown_field"
    assert (problem.status, problem.request_id) == (422, answer.headers["X-Request-Id"])


def test_without_a_key_nothing_is_read(stage: Stage) -> None:
    answer = Api("").post("/actions", b"\xff")
    assert (answer.status, answer.problem.code) == (401, "no_credentials")
