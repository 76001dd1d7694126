"""The digest that people sign: what exactly may run, for whom, at which revision. docs/digest.md has the definition.

Arguments come as the canonical bytes that were made once at the door, and are spliced in: nothing is parsed or written
again between the text that was shown and the hash.
"""

from hashlib import sha256
from typing import Any

from audit.canonical import canonical, plain

DOMAIN = b"countersign-action-v1\n"


def action_digest(
    *, workspace: str, agent: str, tool: str, tool_schema_sha256: str | None, args: bytes, revision: int
) -> bytes:
    """32 bytes: SHA-256 over DOMAIN and the RFC 8785 form of {agent, args, revision, tool, tool_schema, workspace}.

    `workspace` and `agent` are prefixed ids, `tool_schema_sha256` comes from `schema_sha256`, `args` is RFC 8785,
    `revision` counts from 1 (ValueError below).
    """
    if revision < 1:
        raise ValueError(f"Revision {revision} does not exist; the first one is 1.")
    # RFC 8785 sorts members by name.
    parts = (
        DOMAIN,
        b'{"agent":',
        plain(agent),
        b',"args":',
        args,
        b',"revision":%d,"tool":' % revision,
        plain(tool),
        b',"tool_schema":',
        plain(tool_schema_sha256),
        b',"workspace":',
        plain(workspace),
        b"}",
    )
    return sha256(b"".join(parts)).digest()


def args_sha256(args: bytes) -> str:
    """SHA-256 of the canonical arguments alone, as 64 lowercase hex digits: the claim of that name in a grant."""
    return sha256(args).hexdigest()


def schema_sha256(schema: Any | None) -> str | None:
    """SHA-256 of a tool's JSON schema in RFC 8785 form, as 64 lowercase hex digits; None where the tool has none."""
    return None if schema is None else sha256(canonical(schema)).hexdigest()


def text(digest: bytes) -> str:
    """The written form of a digest: "sha256:" and 64 lowercase hex digits."""
    return "sha256:" + digest.hex()
