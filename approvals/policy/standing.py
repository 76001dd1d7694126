"""Standing grants: people agreed in advance to what a question of the policy would ask them.

A grant answers the questions of rules, defaults and tiers, nothing else: never a deny, never a limit, a freeze, a
schema, a version on trial, the caller's own constraints or an agent's doubt.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from approvals.policy import cel
from approvals.policy.clauses import Clause, compile_clause
from approvals.policy.globs import PATTERN, fits
from approvals.policy.verdict import Context, Verdict

ANSWERED = frozenset({"rule", "default", "tier"})
# What a clause of a grant may read: the call itself, and how sure the agent says that it is.
READS = frozenset({"args", "confidence"})
MOST_CLAUSES = 20


@dataclass(frozen=True, slots=True)
class StandingGrant:
    """`tool` is a name or a pattern. All clauses must be true; an error is not."""

    id: str
    agent: str
    tool: str
    clauses: tuple[Clause, ...]
    expires_at: datetime


def compile_clauses(when: Sequence[str]) -> tuple[Clause, ...]:
    """Raises ValueError with what to do."""
    if len(when) > MOST_CLAUSES:
        raise ValueError(f"write at most {MOST_CLAUSES} clauses")
    clauses = tuple(compile_clause(text) for text in when)
    others = sorted({read.root for clause in clauses for read in clause.reads} - READS)
    if others:
        raise ValueError(f"a grant may read args and confidence, not {', '.join(others)}")
    return clauses


def check_pattern(tool: str) -> None:
    """Raises ValueError unless it names a tool or a family of tools."""
    if not PATTERN.fullmatch(tool) or not tool.strip("*"):
        raise ValueError("name a tool, such as billing.refund, or a family, such as crm.*")


def answering(grants: Sequence[StandingGrant], context: Context, verdict: Verdict) -> StandingGrant | None:
    """The grant that answers everything that the verdict asks; None where one question is left."""
    if not grants or not is_answerable(verdict):
        return None
    return next((grant for grant in grants if covers(grant, context)), None)


def is_answerable(verdict: Verdict) -> bool:
    """A rule that wants a passkey wants the person, and a clause that could not be evaluated leaves doubt."""
    return (
        verdict.effect == "require_approval"
        and ANSWERED.issuperset(verdict.questions)
        and not verdict.no_grant
        and verdict.obligations.step_up is None
        and "clause_error" not in verdict.flags
    )


def covers(grant: StandingGrant, context: Context) -> bool:
    data = {"args": context.args, "confidence": float(context.confidence or 0)}
    return (
        grant.agent == context.agent
        and context.now < grant.expires_at
        and fits(grant.tool, context.tool)
        and all(cel.evaluate(clause.program, data) is True for clause in grant.clauses)
    )


def answered(verdict: Verdict, grant: StandingGrant) -> Verdict:
    """The verdict with the grant in the place of people; what they would have been asked stays in the notes."""
    return replace(
        verdict,
        effect="allow",
        explanation=f"Allowed because standing grant {grant.id} covers it until {grant.expires_at:%Y-%m-%d %H:%M} UTC.",
        notes=(verdict.explanation, *verdict.notes),
        obligations=replace(verdict.obligations, needs=()),
        questions=(),
        standing_grant=grant.id,
    )
