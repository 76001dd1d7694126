import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals import digest
from approvals.strict_json import canonical, parse
from tests.json_trees import strict_trees

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "digest-vectors.json").read_text(encoding="utf-8"))
VECTORS = DOCUMENT["vectors"]

arguments = st.dictionaries(st.text(max_size=4).filter(lambda name: "\0" not in name), strict_trees, max_size=4)
parts = st.fixed_dictionaries(
    {
        "workspace": st.text(max_size=8),
        "agent": st.text(max_size=8),
        "tool": st.text(max_size=8),
        "tool_schema_sha256": st.none() | st.text("0123456789abcdef", max_size=4),
        "args": arguments.map(canonical),
        "revision": st.integers(1, 5),
    }
)


def reference(part: dict[str, Any]) -> bytes:
    renamed = {"tool_schema" if name == "tool_schema_sha256" else name: value for name, value in part.items()}
    body = rfc8785.dumps(renamed | {"args": json.loads(part["args"])})
    return hashlib.sha256(b"countersign-action-v1\n" + body).digest()


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_a_vector_comes_out_of_the_reference_library(vector: dict[str, Any]) -> None:
    args = json.loads(vector["args_text"])
    schema = vector["schema_text"]
    tool_schema = None if schema is None else hashlib.sha256(rfc8785.dumps(json.loads(schema))).hexdigest()
    body = rfc8785.dumps(
        {
            "workspace": vector["workspace"],
            "agent": vector["agent"],
            "tool": vector["tool"],
            "tool_schema": tool_schema,
            "args": args,
            "revision": vector["revision"],
        }
    )
    assert {
        "canonical_args": rfc8785.dumps(args).decode(),
        "tool_schema": tool_schema,
        "args_sha256": hashlib.sha256(rfc8785.dumps(args)).hexdigest(),
        "digest": "sha256:" + hashlib.sha256(DOCUMENT["domain"].encode() + body).hexdigest(),
    } == {name: vector[name] for name in ("canonical_args", "tool_schema", "args_sha256", "digest")}


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_a_vector_comes_out_of_our_own_code(vector: dict[str, Any]) -> None:
    args = canonical(parse(vector["args_text"].encode()))
    schema = vector["schema_text"]
    tool_schema = digest.schema_sha256(None if schema is None else parse(schema.encode()))
    signed = digest.action_digest(
        workspace=vector["workspace"],
        agent=vector["agent"],
        tool=vector["tool"],
        tool_schema_sha256=tool_schema,
        args=args,
        revision=vector["revision"],
    )
    assert {
        "canonical_args": args.decode(),
        "tool_schema": tool_schema,
        "args_sha256": digest.args_sha256(args),
        "digest": digest.text(signed),
    } == {name: vector[name] for name in ("canonical_args", "tool_schema", "args_sha256", "digest")}


@settings(deadline=None)
@given(parts)
def test_splicing_gives_the_bytes_of_the_whole_document(part: dict[str, Any]) -> None:
    assert digest.action_digest(**part) == reference(part)


@settings(deadline=None, max_examples=300)
@given(parts, parts)
def test_the_digest_is_the_same_exactly_when_every_part_is(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (digest.action_digest(**one) == digest.action_digest(**other)) is (one == other)


@settings(deadline=None)
@given(parts, parts, st.sampled_from(["workspace", "agent", "tool", "tool_schema_sha256", "args", "revision"]))
def test_changing_one_part_changes_the_digest(one: dict[str, Any], other: dict[str, Any], name: str) -> None:
    changed = one | {name: other[name]}
    assert (digest.action_digest(**changed) == digest.action_digest(**one)) is (changed == one)


def test_a_schema_of_null_is_no_schema_and_a_schema_of_true_is_one() -> None:
    assert (digest.schema_sha256(None), digest.schema_sha256(True)) == (None, hashlib.sha256(b"true").hexdigest())


def test_revisions_count_from_one() -> None:
    with pytest.raises(ValueError, match="Revision 0 does not exist"):
        digest.action_digest(workspace="w", agent="a", tool="t", tool_schema_sha256=None, args=b"{}", revision=0)
