"""A tool's JSON Schema: compiled once, without network, in linear time; no value of a call is repeated in a fault."""

from collections.abc import Mapping

import jsonschema_rs

from approvals.policy.paths import escaped
from approvals.policy.values import printable
from approvals.policy.verdict import SchemaProblem

MOST_PROBLEMS = 20
_UNREADABLE = SchemaProblem("", "unreadable", "the arguments hold something that JSON cannot; send plain JSON")


def compile_schema(schema: Mapping[str, object]) -> jsonschema_rs.Validator:
    """Raises ValueError where it is no JSON Schema, refers outside itself, or has a regex with look-around."""
    try:
        return jsonschema_rs.validator_for(
            dict(schema), offline=True, mask="the value", pattern_options=jsonschema_rs.RegexOptions()
        )
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        where = "/".join(str(step) for step in getattr(error, "instance_path", ()))
        said = str(getattr(error, "message", error)).split("\n")[0][:300]
        raise ValueError(f"{where}: {said}" if where else said) from error


def schema_problems(validator: jsonschema_rs.Validator, args: Mapping[str, object]) -> tuple[SchemaProblem, ...]:
    """Where the arguments break the schema, at most twenty. Never raises."""
    try:
        if validator.is_valid(args):
            return ()
        found = []
        for error in validator.iter_errors(args):
            pointer = "".join(f"/{escaped(step)}" for step in error.instance_path)
            found.append(SchemaProblem(pointer, _code(error), printable(error.message)[:300]))
            if len(found) == MOST_PROBLEMS:
                break
        return tuple(found) or (_UNREADABLE,)
    except (ValueError, TypeError, RecursionError):
        return (_UNREADABLE,)


def _code(error: jsonschema_rs.ValidationError) -> str:
    """The keyword that failed, in snake case: exclusiveMinimum is exclusive_minimum."""
    keyword = next((step for step in reversed(error.schema_path) if isinstance(step, str)), "schema")
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in keyword)
