"""What is refused when a document is saved, beyond its shape."""

from collections.abc import Iterator, Mapping

from approvals.policy.compiled import compile_document
from approvals.policy.describe import PLACEHOLDER
from approvals.policy.errors import PolicyError, Problem
from approvals.policy.globs import fits_any
from approvals.policy.model import Document, Limit, Need, ToolSpec
from approvals.policy.paths import escaped
from approvals.policy.trials import run_trials

Fault = tuple[str, str, str]


def lint(document: Document, *, group_sizes: Mapping[str, int] | None = None) -> tuple[Problem, ...]:
    """Every fault of a parsed document; an empty answer means that it may be saved.

    `group_sizes` are the members of each group who may vote; without them the pools are not judged.
    The document's own tests run only where nothing else is wrong.
    """
    faults = [*_tools(document), *_twice(document), *_names(document), *_limits(document)]
    if group_sizes is not None:
        faults += _pools(document, group_sizes)
    problems = [Problem(pointer, code, detail, document.lines.get(pointer)) for pointer, code, detail in faults]
    try:
        policy = compile_document(document)
    except PolicyError as error:
        return (*problems, *error.problems)
    return tuple(problems) or run_trials(policy)


def _tools(document: Document) -> Iterator[Fault]:
    for name, spec in document.tools.items():
        at = f"/tools/{escaped(name)}"
        if spec.effect_text is not None:
            yield from _effect_text(f"{at}/effect_text", spec, spec.effect_text)
        paths = [(f"/sensitive/{index}", path) for index, path in enumerate(spec.sensitive)]
        paths += [("/amount/path", spec.amount.path)] if spec.amount else []
        paths += [("/counterpart", spec.counterpart)] if spec.counterpart else []
        for under, path in paths:
            if not may_hold(spec.schema, path.steps):
                yield f"{at}{under}", "unknown_property", f"the tool's schema is closed and has no {path.text}"


def _effect_text(pointer: str, spec: ToolSpec, text: str) -> Iterator[Fault]:
    if set("{}") & set(PLACEHOLDER.sub("", text)):
        yield pointer, "bad_placeholder", "close every { with a }; a text holds no other braces"
    for name in PLACEHOLDER.findall(text):
        if not names_property(spec.schema, (name,)) and not names_property(spec.schema, tuple(name.split("."))):
            yield pointer, "unknown_property", f"{{{name}}} names no property of the tool's schema"


def names_property(schema: object, steps: tuple[str, ...]) -> bool:
    """Whether the steps lead through `properties`."""
    for step in steps:
        properties = schema.get("properties") if isinstance(schema, dict) else None
        if not isinstance(properties, dict) or step not in properties:
            return False
        schema = properties[step]
    return True


def may_hold(schema: object, steps: tuple[str, ...]) -> bool:
    """Whether a call that keeps to the schema can have something at the steps: only a closed level says no."""
    for step in steps:
        if not isinstance(schema, dict):
            return True
        properties = schema.get("properties")
        if not isinstance(properties, dict) or step not in properties:
            return schema.get("additionalProperties") is not False
        schema = properties[step]
    return True


def _twice(document: Document) -> Iterator[Fault]:
    lists = {
        "rules": [rule.id for rule in document.rules],
        "limits": [limit.id for limit in document.limits],
        "freezes": [freeze.id for freeze in document.freezes],
    }
    for key, ids in lists.items():
        for at, name in enumerate(ids):
            if name in ids[:at]:
                yield f"/{key}/{at}/id", "duplicate_id", f"{name} is used twice; give each its own id"


def _names(document: Document) -> Iterator[Fault]:
    """Escalation plans and schedules that are named must exist."""
    named = [(f"/rules/{rule.index}/escalation", rule.escalation) for rule in document.rules]
    for pointer, plan in [("/defaults/escalation", document.defaults.escalation), *named]:
        if plan is not None and plan not in document.escalations:
            yield pointer, "unknown_escalation", f"{plan} is not in escalations; add it there or correct the name"
    for plan, steps in document.escalations.items():
        for at, step in enumerate(steps):
            for place, recipient in enumerate(step.notify):
                if recipient.kind == "oncall" and recipient.name not in document.schedules:
                    pointer = f"/escalations/{escaped(plan)}/{at}/notify/{place}/oncall"
                    yield pointer, "unknown_schedule", f"{recipient.name} is not in schedules; add it there"


def _limits(document: Document) -> Iterator[Fault]:
    for at, limit in enumerate(document.limits):
        for spec in document.tools.values():
            if not limit.tools or fits_any(limit.tools, spec.name):
                yield from _limit(f"/limits/{at}", limit, spec)


def _limit(at: str, limit: Limit, spec: ToolSpec) -> Iterator[Fault]:
    if limit.per == "counterpart" and spec.counterpart is None:
        yield f"{at}/per", "no_counterpart", f"{spec.name} declares no counterpart; add it there or narrow tools"
    if limit.sum and limit.sum.root == "args" and not may_hold(spec.schema, limit.sum.steps):
        yield f"{at}/sum", "unknown_property", f"{spec.name} has no {limit.sum.text}; narrow the limit's tools"


def _pools(document: Document, sizes: Mapping[str, int]) -> list[Fault]:
    faults = _pool("/defaults/reviewers", document.defaults.reviewers, sizes)
    for rule in document.rules:
        faults += _pool(f"/rules/{rule.index}/reviewers", rule.reviewers, sizes)
    return faults


def _pool(pointer: str, needs: tuple[Need, ...], sizes: Mapping[str, int]) -> list[Fault]:
    found = []
    for at, need in enumerate(needs):
        size = sizes.get(need.group)
        if size is None:
            found.append((f"{pointer}/{at}/group", "unknown_group", f"there is no group {need.group}; make it first"))
        elif size == 0:
            found.append((f"{pointer}/{at}/group", "empty_group", f"nobody in {need.group} may vote; add people first"))
        elif size < need.quorum:
            detail = f"{need.group} has {size} who may vote, fewer than {need.quorum}; add people or lower the quorum"
            found.append((f"{pointer}/{at}/quorum", "quorum_out_of_reach", detail))
    return found
