"""A document made ready: rules by tool, clauses compiled, schemas compiled, allow-lists looked up once."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Generic, TypeVar

import jsonschema_rs

from approvals.policy import cel
from approvals.policy.clauses import Clause, Read, compile_clause
from approvals.policy.errors import PolicyError, Problem
from approvals.policy.globs import closeness, fits, fits_any
from approvals.policy.model import TIERS, Document, Freeze, Limit, Rule, Tier, ToolSpec, VersionState
from approvals.policy.obligations import obligations_of
from approvals.policy.paths import escaped
from approvals.policy.schema import compile_schema
from approvals.policy.verdict import Obligations
from audit.canonical import canonical

# Agents choose the names of tools, so what is remembered by name is bounded.
MEMO = 4096
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class CompiledRule:
    rule: Rule
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that bears on one tool.

    `batch` answers all clauses at once; `reads` are the places that they read, once each, and `names` the top-level
    names of these.
    """

    spec: ToolSpec | None
    validator: jsonschema_rs.Validator | None
    rules: tuple[CompiledRule, ...]
    clauses: tuple[Clause, ...]
    batch: cel.Program | None
    reads: tuple[Read, ...]
    names: tuple[str, ...]
    limits: tuple[Limit, ...]
    hidden: tuple[tuple[str, ...], ...]
    freezes: tuple[Freeze, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What an agent may do with a tool, before its version is looked at."""

    allowed: bool
    tier: Tier


class Memo(Generic[Value]):
    """Remembers up to MEMO entries and then forgets all: cheap, and a flood of names costs only time."""

    def __init__(self) -> None:
        self._kept: dict[object, Value] = {}

    def get(self, key: object) -> Value | None:
        return self._kept.get(key)

    def keep(self, key: object, value: Value) -> Value:
        if len(self._kept) >= MEMO:
            self._kept.clear()
        self._kept[key] = value
        return value


class Policy:
    """An immutable document with its compiled parts. Safe to share between threads; a lost memo entry is made anew."""

    def __init__(
        self,
        document: Document,
        rules: tuple[CompiledRule, ...],
        validators: Mapping[str, jsonschema_rs.Validator],
        schema_hashes: Mapping[str, str],
    ) -> None:
        self.document = document
        self._urgency = _urgency(document)
        self._rules = rules
        self._validators = validators
        self._schema_hashes = schema_hashes
        self._plans: Memo[Plan] = Memo()
        self._batches: Memo[tuple[cel.Program | None]] = Memo()
        self._standings: Memo[Standing] = Memo()
        self._obligations: Memo[Obligations] = Memo()

    @property
    def version(self) -> str:
        return self.document.version

    @property
    def names_read(self) -> frozenset[str]:
        """The top-level names that the clauses of any rule read."""
        return frozenset(read.root for rule in self._rules for clause in rule.clauses for read in clause.reads)

    def schema_sha256(self, tool: str) -> str | None:
        """SHA-256 of the tool's schema in RFC 8785 form, 64 hex digits; None for a tool without one."""
        return self._schema_hashes.get(tool)

    def plan(self, tool: str) -> Plan:
        return self._plans.get(tool) or self._plans.keep(tool, self._plan(tool))

    def _plan(self, tool: str) -> Plan:
        spec = self.document.tools.get(tool)
        rules = tuple(compiled for compiled in self._rules if fits_any(compiled.rule.tools, tool))
        clauses = tuple(clause for compiled in rules for clause in compiled.clauses)
        reads = {read.text: read for clause in clauses for read in clause.reads}
        limits = self.document.limits
        return Plan(
            spec=spec,
            validator=self._validators.get(tool),
            rules=rules,
            clauses=clauses,
            batch=self._batch(tuple(compiled.rule.index for compiled in rules), clauses),
            reads=tuple(reads.values()),
            names=tuple(sorted({read.root for read in reads.values()})),
            limits=tuple(limit for limit in limits if not limit.tools or fits_any(limit.tools, tool)),
            hidden=tuple(path.steps for path in spec.sensitive) if spec else (),
            freezes=tuple(freeze for freeze in self.document.freezes if fits_any(freeze.tools, tool)),
        )

    def _batch(self, key: tuple[int, ...], clauses: tuple[Clause, ...]) -> cel.Program | None:
        kept = self._batches.get(key)
        if kept is None:
            kept = self._batches.keep(key, (_together(clauses),))
        return kept[0]

    def standing(self, agent: str, tool: str) -> Standing:
        """The agent's allow-list and tier for this tool. An agent that is not listed: every tool, tier approvals."""
        key = (agent, tool)
        return self._standings.get(key) or self._standings.keep(key, self._standing(agent, tool))

    def _standing(self, agent: str, tool: str) -> Standing:
        spec = self.document.agents.get(agent)
        if spec is None:
            return Standing(allowed=True, tier="approvals")
        grants = [grant for grant in spec.tools if fits(grant.pattern, tool)]
        if not grants:
            return Standing(allowed=False, tier=spec.tier)
        best = max(closeness(grant.pattern) for grant in grants)
        tiers = [grant.tier or spec.tier for grant in grants if closeness(grant.pattern) == best]
        return Standing(allowed=True, tier=min(tiers, key=TIERS.index))

    def obligations(self, matched: tuple[CompiledRule, ...], *, asks: bool) -> Obligations:
        """What the matching rules ask for together; `asks` says that people vote."""
        key = (asks, *[compiled.rule.index for compiled in matched])
        return self._obligations.get(key) or self._obligations.keep(key, self._merged(matched, asks=asks))

    def _merged(self, matched: tuple[CompiledRule, ...], *, asks: bool) -> Obligations:
        rules = [compiled.rule for compiled in matched]
        return obligations_of(self.document.defaults, rules, self._urgency, asks=asks)

    def version_state(self, agent: str, *, label: str | None, has_manifest: bool) -> VersionState | None:
        """The state of the version behind a call.

        `label` is the one that an admin bound to the manifest's hash, never the claimed one. No manifest has no state;
        a manifest without a label, or with one that the policy does not know, is a candidate.
        """
        if not has_manifest:
            return None
        spec = self.document.agents.get(agent)
        return spec.versions.get(label, "candidate") if spec and label else "candidate"


def compile_document(document: Document) -> Policy:
    """Raises PolicyError where a clause or a schema does not compile."""
    problems: list[Problem] = []
    rules = tuple(CompiledRule(rule, _clauses(document, rule, problems)) for rule in document.rules)
    validators, hashes = {}, {}
    for name, spec in document.tools.items():
        try:
            if spec.schema is not None:
                validators[name] = compile_schema(spec.schema)
                hashes[name] = sha256(canonical(spec.schema)).hexdigest()
        except ValueError as error:
            problems.append(_problem(document, f"/tools/{escaped(name)}/schema", "bad_schema", error))
    if problems:
        raise PolicyError(tuple(problems))
    return Policy(document, rules, validators, hashes)


def _clauses(document: Document, rule: Rule, problems: list[Problem]) -> tuple[Clause, ...]:
    clauses = []
    for at, text in enumerate(rule.when):
        try:
            clauses.append(compile_clause(text))
        except ValueError as error:
            problems.append(_problem(document, f"/rules/{rule.index}/when/{at}", "bad_clause", error))
    return tuple(clauses)


def _problem(document: Document, pointer: str, code: str, error: ValueError) -> Problem:
    return Problem(pointer, code, str(error), document.lines.get(pointer))


def _together(clauses: tuple[Clause, ...]) -> cel.Program | None:
    """All clauses as one program, or None where that gains nothing or is too long for the engine."""
    if len(clauses) < 2:
        return None
    try:
        return cel.compile([clause.text for clause in clauses])
    except cel.CelFault:
        return None


def _urgency(document: Document) -> dict[str, tuple[float, ...]]:
    """Sorts escalation plans: the one that moves on sooner, or further after the same steps, comes first."""
    never = float("inf")
    return {
        name: (*(step.after.total_seconds() for step in steps), never) for name, steps in document.escalations.items()
    }
