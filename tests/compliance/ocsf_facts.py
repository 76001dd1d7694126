"""Facts of the Open Cybersecurity Schema Framework as it was published, version 1.3.0 (https://schema.ocsf.io/1.3.0):
every attribute of the two classes that we write and of the objects in them, with type and requirement, without those
that only a profile adds.
"""

from typing import Any

VERSION = "1.3.0"
LONGEST = 65_535
BASE = {
    "required": {
        "integer_t": "activity_id category_uid class_uid severity_id",
        "long_t": "type_uid",
        "metadata": "metadata",
        "timestamp_t": "time",
    },
    "recommended": {
        "integer_t": "status_id timezone_offset",
        "observable[]": "observables",
        "string_t": "message status status_code status_detail",
    },
    "optional": {
        "enrichment[]": "enrichments",
        "integer_t": "count",
        "long_t": "duration",
        "object": "unmapped",
        "string_t": "activity_name category_name class_name raw_data severity type_name",
        "timestamp_t": "end_time start_time",
    },
}
CLASSES: dict[int, dict[str, Any]] = {
    6003: {
        "category": 6,
        "activities": {0: "Unknown", 1: "Create", 2: "Read", 3: "Update", 4: "Delete"},
        "required": {"actor": "actor", "api": "api", "network_endpoint": "src_endpoint"},
        "recommended": {
            "http_request": "http_request",
            "network_endpoint": "dst_endpoint",
            "resource_details[]": "resources",
        },
    },
    3002: {
        "category": 3,
        "activities": {
            0: "Unknown",
            1: "Logon",
            2: "Logoff",
            3: "Authentication Ticket",
            4: "Service Ticket Request",
            5: "Service Ticket Renew",
            6: "Preauth",
        },
        "required": {"user": "user"},
        "recommended": {
            "boolean_t": "is_mfa is_remote",
            "certificate": "certificate",
            "integer_t": "auth_protocol_id logon_type_id",
            "network_endpoint": "dst_endpoint src_endpoint",
            "service": "service",
            "session": "session",
            "string_t": "auth_protocol logon_type",
        },
        "optional": {
            "actor": "actor",
            "auth_factor[]": "auth_factors",
            "boolean_t": "is_cleartext is_new_logon",
            "http_request": "http_request",
            "process": "logon_process",
        },
        "one_of": "service dst_endpoint",
    },
}
OBJECTS: dict[str, dict[str, Any]] = {
    "metadata": {
        "required": {"product": "product", "string_t": "version"},
        "recommended": {"string_t": "log_name log_provider original_time tenant_uid"},
        "optional": {
            "extension": "extension",
            "extension[]": "extensions",
            "integer_t": "sequence",
            "logger[]": "loggers",
            "string_t": "correlation_uid event_code log_level log_version uid",
            "string_t[]": "labels profiles",
            "timestamp_t": "logged_time modified_time processed_time",
        },
    },
    "product": {
        "required": {"string_t": "vendor_name"},
        "recommended": {"string_t": "name uid version"},
        "optional": {"feature": "feature", "string_t": "cpe_name lang path", "url_t": "url_string"},
        "one_of": "name uid",
    },
    "api": {
        "required": {"string_t": "operation"},
        "recommended": {"request": "request", "response": "response"},
        "optional": {"group": "group", "service": "service", "string_t": "version"},
    },
    "service": {
        "recommended": {"string_t": "name uid version"},
        "optional": {"string_t[]": "labels"},
        "one_of": "name uid",
    },
    "user": {
        "recommended": {"integer_t": "type_id", "string_t": "uid", "username_t": "name"},
        "optional": {
            "account": "account",
            "email_t": "email_addr",
            "group[]": "groups",
            "integer_t": "risk_level_id risk_score",
            "ldap_person": "ldap_person",
            "organization": "org",
            "string_t": "credential_uid domain full_name risk_level type uid_alt",
        },
        "one_of": "account name uid",
        "enums": {"type_id": {0: "Unknown", 1: "User", 2: "Admin", 3: "System"}},
    },
    "actor": {
        "recommended": {"process": "process", "user": "user"},
        "optional": {
            "authorization[]": "authorizations",
            "idp": "idp",
            "session": "session",
            "string_t": "app_name app_uid invoked_by",
        },
        "one_of": "process user invoked_by session app_name app_uid",
    },
    "network_endpoint": {
        "recommended": {
            "hostname_t": "hostname",
            "integer_t": "type_id",
            "ip_t": "ip",
            "port_t": "port",
            "string_t": "instance_uid interface_name interface_uid name svc_name uid",
            "user": "owner",
        },
        "optional": {
            "agent[]": "agent_list",
            "autonomous_system": "autonomous_system",
            "device_hw_info": "hw_info",
            "ip_t[]": "intermediate_ips",
            "location": "location",
            "mac_t": "mac",
            "network_proxy": "proxy_endpoint",
            "os": "os",
            "string_t": "domain subnet_uid type vlan_uid vpc_uid zone",
        },
        "one_of": "ip uid name hostname svc_name instance_uid interface_uid interface_name",
    },
    "resource_details": {
        "recommended": {"string_t": "name uid", "user": "owner"},
        "optional": {
            "agent[]": "agent_list",
            "group": "group",
            "json_t": "data",
            "string_t": "criticality namespace type version",
            "string_t[]": "labels",
        },
        "one_of": "name uid",
    },
}
ENUMS = {
    "severity_id": {0: "Unknown", 1: "Informational", 2: "Low", 3: "Medium", 4: "High", 5: "Critical", 6: "Fatal"},
    "status_id": {0: "Unknown", 1: "Success", 2: "Failure"},
}
# The word beside a number says the same; beside OTHER it says what the source calls it.
SIBLINGS = {"severity_id": "severity", "status_id": "status", "activity_id": "activity_name", "type_id": "type"}
OTHER = 99
_NUMBERS = {"integer_t", "long_t", "timestamp_t"}


def faults(event: dict[str, Any]) -> list[str]:
    """What the schema would say against the event, in the order of its attributes."""
    known = CLASSES.get(event.get("class_uid", 0))
    if known is None:
        return ["class_uid names no class that we write"]
    told = _shape(event, [BASE, known], {**ENUMS, "activity_id": known["activities"]}, "")
    if event.get("category_uid") != known["category"]:
        told.append("category_uid is another category's")
    if event.get("type_uid") != event["class_uid"] * 100 + event.get("activity_id", 0):
        told.append("type_uid is not class_uid * 100 + activity_id")
    if event.get("metadata", {}).get("version") != VERSION:
        told.append("metadata.version is another version's")
    return told


def _shape(found: dict[str, Any], known: list[dict[str, Any]], enums: dict[str, dict[int, str]], at: str) -> list[str]:
    types = {
        name: kind
        for facts in known
        for need in ("required", "recommended", "optional")
        for kind, names in facts.get(need, {}).items()
        for name in names.split()
    }
    required = {name for facts in known for names in facts.get("required", {}).values() for name in names.split()}
    told = [f"{at}{name} is missing" for name in sorted(required - found.keys())]
    told += [
        f"{at or 'the event'} has none of: {facts['one_of']}"
        for facts in known
        if "one_of" in facts and not found.keys() & set(facts["one_of"].split())
    ]
    for name, value in sorted(found.items()):
        kind = types.get(name)
        told += [f"{at}{name} is unknown"] if kind is None else _value(value, kind, f"{at}{name}")
    return told + [fault for name, values in enums.items() if name in found for fault in _enum(found, name, values, at)]


def _value(value: Any, kind: str, at: str) -> list[str]:
    if kind.endswith("[]"):
        if not isinstance(value, list):
            return [f"{at} is no list"]
        return [fault for n, one in enumerate(value) for fault in _value(one, kind[:-2], f"{at}[{n}]")]
    if kind in OBJECTS:
        facts = OBJECTS[kind]
        return (
            _shape(value, [facts], facts.get("enums", {}), f"{at}.") if isinstance(value, dict) else [f"{at} is flat"]
        )
    if kind in _NUMBERS:
        good = isinstance(value, int) and not isinstance(value, bool) and (kind != "integer_t" or abs(value) < 2**31)
        return [] if good else [f"{at} is no {kind}"]
    if kind in {"object", "json_t"}:
        return [] if isinstance(value, dict) else [f"{at} is no object"]
    good = isinstance(value, str) and len(value) <= LONGEST
    return [] if good else [f"{at} is no {kind}"]


def _enum(found: dict[str, Any], name: str, values: dict[int, str], at: str) -> list[str]:
    number, word = found[name], found.get(SIBLINGS[name])
    if number != OTHER and number not in values:
        return [f"{at}{name} is {number}, which means nothing"]
    if number != OTHER and word is not None and word != values[number]:
        return [f"{at}{SIBLINGS[name]} is not {values[number]}"]
    return [f"{at}{SIBLINGS[name]} is missing beside 99"] if number == OTHER and not word else []
