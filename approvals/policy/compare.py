"""A new document against the one before it: what is refused, and which tools changed for their callers."""

import json
from dataclasses import dataclass

from approvals.policy.errors import Problem
from approvals.policy.model import Document, ToolSpec
from approvals.policy.paths import escaped


@dataclass(frozen=True, slots=True)
class Comparison:
    """`refused` must be mended before saving; `incompatible` tells what calls that were valid would now break."""

    refused: tuple[Problem, ...]
    incompatible: tuple[Problem, ...]


def check_against(previous: Document, new: Document) -> Comparison:
    refused, incompatible = [], []
    for name, spec in new.tools.items():
        before = previous.tools.get(name)
        if before is None or _same(before.schema, spec.schema):
            continue
        pointer = f"/tools/{escaped(name)}"
        if spec.version <= before.version:
            at = f"{pointer}/version"
            detail = f"the schema of {name} changed; raise its version above {before.version}"
            refused.append(Problem(at, "schema_changed", detail, new.lines.get(at) or new.lines.get(pointer)))
        line = new.lines.get(f"{pointer}/schema")
        for under, detail in _breaks(before, spec):
            incompatible.append(Problem(f"{pointer}/schema{under}", "incompatible", detail, line))
    return Comparison(tuple(refused), tuple(incompatible))


def _same(one: object, other: object) -> bool:
    """As JSON, so that 1, 1.0 and true stay apart."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _breaks(before: ToolSpec, after: ToolSpec) -> list[tuple[str, str]]:
    """Where a call that kept to the old schema could break the new one; it looks at one level of properties."""
    if before.schema is None:
        return [("", "the tool had no schema; every call is checked now")]
    if after.schema is None:
        return []
    old, new = _properties(before.schema), _properties(after.schema)
    required = _words(after.schema) - _words(before.schema)
    found = [("/required", f"{name} is required now") for name in sorted(required)]
    if after.schema.get("additionalProperties") is False:
        found += [("/properties", f"{name} is not accepted any more") for name in sorted(old.keys() - new.keys())]
        if before.schema.get("additionalProperties") is not False:
            found.append(("/additionalProperties", "properties that are not listed are refused now"))
    for name in sorted(old.keys() & new.keys()):
        if not _same(old[name], new[name]):
            under = f"/properties/{escaped(name)}"
            found += [(under, f"{name}: {said}") for said in _narrowed(old[name], new[name])]
    return found


def _properties(schema: dict[str, object]) -> dict[str, object]:
    found = schema.get("properties")
    return found if isinstance(found, dict) else {}


def _words(schema: dict[str, object]) -> set[str]:
    found = schema.get("required")
    return {str(name) for name in found} if isinstance(found, list) else set()


def _narrowed(old: object, new: object) -> list[str]:
    """Each keyword that changed: all but words for people can narrow what is accepted."""
    before = old if isinstance(old, dict) else {}
    after = new if isinstance(new, dict) else {}
    harmless = {"title", "description", "default", "examples", "$comment", "deprecated"}
    changed = [
        key for key in after if key not in harmless and (key not in before or not _same(before[key], after[key]))
    ]
    return [f"{key} changed" if key in before else f"{key} is new" for key in sorted(changed)]
