"""The identity of an agent version: a hash over what the agent says it consists of. Pure."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from audit.canonical import canonical


def split(declared: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """An envelope's `agent_version` as (manifest, label); the label is a claim and no part of the identity."""
    manifest = {name: value for name, value in declared.items() if name != "label"}
    return manifest, str(declared.get("label") or "")


def sha256_of(manifest: Mapping[str, Any]) -> str:
    """64 hex digits of SHA-256 over RFC 8785 of the manifest. Raises audit.canonical.NotCanonical."""
    return sha256(canonical(dict(manifest))).hexdigest()
