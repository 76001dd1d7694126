"""Events in the Common Event Format, version 0 (ArcSight): a line each, without the header of syslog."""

import orjson

from compliance import ocsf
from compliance.entries import Entry

VENDOR, PRODUCT, VERSION = "Countersign", "Countersign", "1"
# From the severities of OCSF to those of CEF, 0 to 10.
_SEVERITIES = {ocsf.INFORMATIONAL: 3, ocsf.MEDIUM: 5, ocsf.HIGH: 8, ocsf.CRITICAL: 10}
_HEADER = str.maketrans({"\\": "\\\\", "|": "\\|", "\n": " ", "\r": " "})
_VALUE = str.maketrans({"\\": "\\\\", "=": "\\=", "\n": "\\n", "\r": "\\r"})


def line(entry: Entry) -> bytes:
    """`CEF:0|…|…|1|<kind>|<kind in words>|<severity>|<pairs>`, ends with LF. Pairs without a value are left out."""
    kind: str = entry.tree["kind"]
    head = [VENDOR, PRODUCT, VERSION, kind, kind.replace(":", " "), str(_SEVERITIES[ocsf.severity(kind)])]
    pairs = " ".join(f"{key}={str(value).translate(_VALUE)}" for key, value in _pairs(entry).items() if value != "")
    return f"CEF:0|{'|'.join(part.translate(_HEADER) for part in head)}|{pairs}\n".encode()


def _pairs(entry: Entry) -> dict[str, str | int]:
    said, about, place = entry.tree, entry.action, entry.place
    policy = said["policy"] or {}
    found: dict[str, str | int] = {
        "rt": ocsf.milliseconds(said["occurred_at"]),
        "externalId": entry.id,
        "cat": said["subject"]["type"],
        "act": said["kind"].rpartition(":")[2],
        "outcome": "failure" if ocsf.status(said["kind"]) == ocsf.FAILURE else "success",
        "suid": said["actor"]["id"],
        "sourceServiceName": said["actor"]["door"],
        "duid": said["subject"]["id"],
        "deviceExternalId": place.log if place else said["log"],
    }
    custom = {
        "action": said["action"] or "",
        "tool": about.tool if about else "",
        "agent": about.agent if about else "",
        "rule": policy.get("rule") or "",
        "data": orjson.dumps(said["data"]).decode() if said["data"] else "",
        "values": _values(entry),
    }
    for n, (label, value) in enumerate(custom.items(), 1):
        if value:
            found |= {f"cs{n}": value, f"cs{n}Label": label}
    return found if place is None else {**found, "cn1": place.index, "cn1Label": "index"}


def _values(entry: Entry) -> str:
    if not entry.values:
        return ""
    return orjson.dumps({name: orjson.Fragment(value) for name, value in entry.values.items()}).decode()
