"""Events in other products' words: objects that the schema knows, and lines that a parser splits again."""

import re
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import canonical
from audit.kinds import EventKind
from compliance import cef, formats, ocsf, offers
from compliance.entries import Entry, Place, Subject
from tests.cast import Stage
from tests.compliance.ocsf_facts import faults
from tests.compliance.ordering import file_of, made


def entry(kind: str, **given: Any) -> Entry:
    tree = {
        "id": "evt_1",
        "kind": kind,
        "log": "wsp_1",
        "occurred_at": "2026-11-20T12:00:00.123456Z",
        "actor": {"kind": "person", "id": "usr_1", "door": "web"},
        "subject": {"type": "action", "id": "act_1"},
        "action": "act_1",
        "digest": None,
        "revision": 1,
        "policy": {"version": "v1", "rule": "refunds"},
        "data": {"verdict": "approved"},
        "disclosures": [],
        **given,
    }
    about = Subject("billing.refund", "otto", "approved")
    at = datetime(2026, 11, 20, 12, 0, 1, tzinfo=UTC)
    return Entry("evt_1", canonical(tree), at, about, tree, place=Place("wsp_1", 41))


@pytest.mark.parametrize("kind", list(EventKind))
def test_every_kind_is_an_object_of_its_class(kind: EventKind) -> None:
    made_one = orjson.loads(formats.line("ocsf", entry(kind.value)))
    assert faults(made_one) == []
    assert made_one["class_uid"] == (3002 if kind.subject == "login" else 6003)


def test_no_field_of_an_event_makes_another_object_of_it() -> None:
    for changed in (
        {"action": None, "subject": {"type": "workspace", "id": "wsp_1"}},
        {"actor": {"kind": "system", "id": "system", "door": "system"}},
        {"actor": {"kind": "agent", "id": "agt_1", "door": "api"}, "policy": None, "revision": None},
        {"data": {"n" * 40: "v" * 9_000}},
    ):
        assert faults(orjson.loads(formats.line("ocsf", entry("action:submitted", **changed)))) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"api": {"service": {"name": "a"}}}, ["api.operation is missing"]),
        ({"api": {"operation": "a", "service": {}}}, ["api.service. has none of: name uid"]),
        ({"surprise": 1}, ["surprise is unknown"]),
        (
            {"activity_id": 7},
            ["activity_id is 7, which means nothing", "type_uid is not class_uid * 100 + activity_id"],
        ),
        ({"severity": "High"}, ["severity is not Informational"]),
        ({"time": "2026-11-20T12:00:00Z"}, ["time is no timestamp_t"]),
        ({"resources": {"uid": "act_1"}}, ["resources is no list"]),
        ({"resources": [{"type": "action"}]}, ["resources[0]. has none of: name uid"]),
        ({"actor": {"user": {"name": "a", "type_id": 9}}}, ["actor.user.type_id is 9, which means nothing"]),
        ({"actor": {"user": {"uid": "a", "type_id": 99}}}, ["actor.user.type is missing beside 99"]),
        ({"src_endpoint": {"ip": 1, "svc_name": "web"}}, ["src_endpoint.ip is no ip_t"]),
        ({"raw_data": "n" * 65_536}, ["raw_data is no string_t"]),
        ({"class_uid": 3001}, ["class_uid names no class that we write"]),
    ],
)
def test_the_schema_is_no_rubber_stamp(changed: dict[str, Any], told: list[str]) -> None:
    good = ocsf.event(entry("action:decided"))
    assert faults({**good, **changed}) == told


def test_a_login_is_no_call_of_an_api() -> None:
    good = ocsf.event(entry("action:decided"))
    assert faults({**good, "class_uid": 3002})[0] == "user is missing"
    login = ocsf.event(entry("login:succeeded"))
    assert faults({name: value for name, value in login.items() if name != "service"}) == [
        "the event has none of: service dst_endpoint"
    ]


def test_an_event_in_ocsf_holds_itself_byte_for_byte() -> None:
    given_one = entry("action:decided")
    told = ocsf.event(given_one)
    assert told["raw_data"].encode() == given_one.body
    assert (told["time"], told["type_uid"], told["activity_name"]) == (1795176000123, 600303, "Update")
    assert (told["metadata"]["log_name"], told["metadata"]["sequence"]) == ("wsp_1", 41)
    assert told["resources"] == [{"type": "action", "uid": "act_1"}]
    assert told["unmapped"]["action"] == {"agent": "otto", "outcome": "approved", "tool": "billing.refund"}


def test_a_failed_login_is_a_failure() -> None:
    told = ocsf.event(entry("login:failed", action=None))
    assert (told["class_uid"], told["activity_id"], told["status"], told["severity"]) == (3002, 1, "Failure", "Medium")


def parsed(line: str) -> tuple[list[str], dict[str, str]]:
    """Header and pairs, as a reader of CEF takes them apart."""
    assert (line[-1], line.count("\n")) == ("\n", 1)
    parts = re.split(r"(?<!\\)(?:\\\\)*\|", line[:-1].removeprefix("CEF:"), maxsplit=7)
    keys = list(re.finditer(r"(?:^| )([A-Za-z0-9]+)=", parts[7]))
    pairs = {}
    for here, after in zip(keys, [*keys[1:], None], strict=True):
        value = parts[7][here.end() : after.start() if after else None]
        pairs[here.group(1)] = re.sub(r"\\(.)", lambda found: {"n": "\n", "r": "\r"}.get(found[1], found[1]), value)
    return parts[:7], pairs


def test_an_event_in_cef() -> None:
    head, pairs = parsed(formats.line("cef", entry("action:decided")).decode())
    assert head == ["0", "Countersign", "Countersign", "1", "action:decided", "action decided", "3"]
    assert pairs == {
        "rt": "1795176000123",
        "externalId": "evt_1",
        "cat": "action",
        "act": "decided",
        "outcome": "success",
        "suid": "usr_1",
        "sourceServiceName": "web",
        "duid": "act_1",
        "deviceExternalId": "wsp_1",
        "cs1": "act_1",
        "cs1Label": "action",
        "cs2": "billing.refund",
        "cs2Label": "tool",
        "cs3": "otto",
        "cs3Label": "agent",
        "cs4": "refunds",
        "cs4Label": "rule",
        "cs5": '{"verdict":"approved"}',
        "cs5Label": "data",
        "cn1": "41",
        "cn1Label": "index",
    }


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text("=|\\\n\r a1", max_size=30))
def test_nothing_in_a_value_begins_another_pair(rule: str, subject: str) -> None:
    said = entry("action:decided", policy={"version": "v1", "rule": rule}, subject={"type": "action", "id": subject})
    line = cef.line(said).decode()
    _, pairs = parsed(line)
    assert (pairs.get("cs4", ""), pairs.get("duid", "")) == (rule, subject)
    assert pairs["deviceExternalId"] == "wsp_1"


def test_what_stands_in_the_header_ends_nothing() -> None:
    head, _ = parsed(cef.line(entry("action:decided")).decode())
    assert len(head) == 7
    assert "a|b\\c\nd".translate(cef._HEADER) == "a\\|b\\\\c d"


@pytest.mark.parametrize("form", ["ocsf", "cef"])
def test_exports_come_in_the_same_formats(stage: Stage, form: str, settings: Any, tmp_path: Any) -> None:
    settings.EXPORTS_DIR = tmp_path / "exports"
    stage.submit("billing.refund", {"customer_id": "cus_secret", "amount_usd": 80})
    asked: dict[str, Any] = {"kind": "action:submitted", "until": "2100-01-01T00:00:00Z"}
    view = made(stage, form=form, **asked)
    (line,) = file_of(view).read_bytes().splitlines()
    assert (b"action:submitted" in line, b"cus_secret" in line) == (True, False)
    assert form == "cef" or faults(orjson.loads(line)) == []
    opened = made(stage, form=form, with_values=True, **asked)
    assert b"cus_secret" in file_of(opened).read_bytes()
    assert offers.SUFFIXES[form] in file_of(view).name
