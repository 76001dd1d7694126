"""Events in the Open Cybersecurity Schema Framework, version 1.3.0 (https://schema.ocsf.io/1.3.0): log-ins as
Authentication (3002), everything else as API Activity (6003).

The event itself stands in `raw_data`, byte for byte, so a receiver can hold it against the log's leaf hashes; what the
schema has no word for stands in `unmapped`.
"""

from datetime import datetime
from typing import Any

import orjson

from audit.kinds import EventKind
from compliance.entries import Entry

VERSION = "1.3.0"
APPLICATION, API_ACTIVITY = 6, 6003
IAM, AUTHENTICATION = 3, 3002
CREATE, READ, UPDATE, DELETE, OTHER = 1, 2, 3, 4, 99
LOGON, LOGOFF = 1, 2
SUCCESS, FAILURE = 1, 2
INFORMATIONAL, MEDIUM, HIGH, CRITICAL = 1, 3, 4, 5
_ACTIVITIES = {CREATE: "Create", READ: "Read", UPDATE: "Update", DELETE: "Delete"}
_VERBS = {
    **dict.fromkeys(("submitted", "created", "issued", "added", "opened", "invited", "registered", "placed"), CREATE),
    **dict.fromkeys(("made", "raised", "installed", "started", "saved", "proposed", "requested", "entered"), CREATE),
    **dict.fromkeys(("read", "downloaded", "drawn"), READ),
    **dict.fromkeys(("changed", "revised", "decided", "activated", "rotated", "renamed", "moved", "agreed"), UPDATE),
    **dict.fromkeys(("revoked", "removed", "ended", "expired", "executed", "erased", "cancelled", "retired"), DELETE),
}
_LOGINS = {
    EventKind.LOGIN_SUCCEEDED: (LOGON, "Logon"),
    EventKind.LOGIN_FAILED: (LOGON, "Logon"),
    EventKind.LOGIN_ENDED: (LOGOFF, "Logoff"),
}
_SEVERITIES = {
    **dict.fromkeys((EventKind.LOG_FAULTED, EventKind.LOG_DIVERGED), CRITICAL),
    **dict.fromkeys((EventKind.STOP_PULLED, EventKind.INCIDENT_OPENED, EventKind.ALERT_RAISED), HIGH),
    **dict.fromkeys((EventKind.LOGIN_FAILED, EventKind.PASSKEY_REFUSED, EventKind.SLACK_REFUSED), MEDIUM),
}
_LEVELS = {INFORMATIONAL: "Informational", MEDIUM: "Medium", HIGH: "High", CRITICAL: "Critical"}
# Types of a user: a person, the system; what is neither is told by its name.
_USERS = {"person": (1, "User"), "system": (3, "System")}


def line(entry: Entry) -> bytes:
    """One object, with LF at its end."""
    return orjson.dumps(event(entry), option=orjson.OPT_SORT_KEYS) + b"\n"


def severity(kind: str) -> int:
    """The schema's severity_id."""
    return next((level for known, level in _SEVERITIES.items() if known == kind), INFORMATIONAL)


def status(kind: str) -> int:
    """Whether what somebody tried was done."""
    return FAILURE if kind.rpartition(":")[2] in {"failed", "refused", "faulted", "diverged"} else SUCCESS


def event(entry: Entry) -> dict[str, Any]:
    """The event as an object of its class."""
    said = entry.tree
    level, result = severity(said["kind"]), status(said["kind"])
    return {
        "metadata": _metadata(entry),
        "time": milliseconds(said["occurred_at"]),
        "message": said["kind"],
        "severity_id": level,
        "severity": _LEVELS[level],
        "status_id": result,
        "status": "Success" if result == SUCCESS else "Failure",
        "actor": {"user": _user(said["actor"])},
        "src_endpoint": {"svc_name": said["actor"]["door"]},
        "raw_data": entry.body.decode(),
        "unmapped": _unmapped(entry),
        **_classified(said),
    }


def milliseconds(stamp: str) -> int:
    """Since 1970, of a moment as it stands in events."""
    return int(datetime.fromisoformat(stamp).timestamp() * 1000)


def _classified(said: dict[str, Any]) -> dict[str, Any]:
    kind, service = said["kind"], {"name": "Countersign"}
    login = next((found for known, found in _LOGINS.items() if known == kind), None)
    if login is not None:
        return {**_class(IAM, AUTHENTICATION, *login), "user": _user(said["actor"]), "service": service}
    activity = _VERBS.get(kind.rpartition(":")[2], OTHER)
    resources = [{"type": said["subject"]["type"], "uid": said["subject"]["id"]}]
    if said["action"] and said["action"] != said["subject"]["id"]:
        resources.append({"type": "action", "uid": said["action"]})
    return {
        **_class(APPLICATION, API_ACTIVITY, activity, _ACTIVITIES.get(activity, kind)),
        "api": {"operation": kind, "service": service},
        "resources": resources,
    }


def _class(category: int, uid: int, activity: int, name: str) -> dict[str, Any]:
    return {
        "category_uid": category,
        "class_uid": uid,
        "activity_id": activity,
        "activity_name": name,
        "type_uid": uid * 100 + activity,
    }


def _metadata(entry: Entry) -> dict[str, Any]:
    said, place = entry.tree, entry.place
    found: dict[str, Any] = {
        "version": VERSION,
        "product": {"name": "Countersign", "vendor_name": "Countersign"},
        "uid": entry.id,
        "event_code": said["kind"],
        "original_time": said["occurred_at"],
        "logged_time": int(entry.recorded_at.timestamp() * 1000),
        "tenant_uid": said["log"],
        "log_name": place.log if place else said["log"],
    }
    return found if place is None else {**found, "sequence": place.index}


def _user(actor: dict[str, str]) -> dict[str, Any]:
    type_id, type_name = _USERS.get(actor["kind"], (OTHER, actor["kind"]))
    return {"uid": actor["id"], "type_id": type_id, "type": type_name}


def _unmapped(entry: Entry) -> dict[str, Any]:
    said, about = entry.tree, entry.action
    found: dict[str, Any] = {"data": said["data"], "policy": said["policy"], "revision": said["revision"]}
    if about is not None:
        found["action"] = {"agent": about.agent, "outcome": about.outcome, "tool": about.tool}
    if entry.values is not None:
        found["values"] = {name: orjson.Fragment(value) for name, value in entry.values.items()}
        found["erased"], found["broken"] = list(entry.erased or ()), list(entry.broken or ())
    return found
