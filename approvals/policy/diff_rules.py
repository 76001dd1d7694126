"""Two writings of a rule: which calls it names, what it does with them, and what it asks of people.

A proof runs in steps, each of which only tightens: first the defaults change, then one rule after the other. So the
defaults that count here are those of the new document.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from approvals.policy.model import RANK, Defaults, Need, Rule
from approvals.policy.tightening import (
    Aspect,
    Direction,
    all_implied,
    compared,
    covers,
    gravest,
    needs_cover,
    said,
)

_SPANS = ("expires_in", "execute_within", "result_within")


def added(rule: Rule, defaults: Defaults) -> Direction:
    """A rule that allows loosens. One that asks could still take the place of stricter defaults."""
    if rule.effect == "allow":
        return "loosens"
    return "tightens" if rule.effect == "deny" or _adds_only(rule, defaults) else "unknown"


def removed(rule: Rule) -> Direction:
    """Without a rule that allows, the default or another rule decides, and neither is looser."""
    if rule.effect != "allow":
        return "loosens"
    return "tightens" if _is_bare(rule) else "unknown"


def changed(old: Rule, new: Rule, defaults: Defaults) -> tuple[Aspect, ...]:
    """Every aspect in which the two differ; nothing where they ask the same of the same calls."""
    if old.effect != new.effect:
        return _other_effect(old, new, defaults)
    reach = tuple(_reach(old, new, defaults))
    # A call that is denied is asked nothing of, so what a rule that denies asks besides never counts.
    return reach if new.effect == "deny" else (*reach, *_duties(old, new, defaults))


def _other_effect(old: Rule, new: Rule, defaults: Defaults) -> tuple[Aspect, ...]:
    text = f"effect: {old.effect} → {new.effect}"
    if RANK[new.effect] < RANK[old.effect]:
        return (Aspect("loosens", text),)
    if new.effect == "deny" and old.effect == "require_approval":
        return (Aspect("tightens" if _grows(old, new) else "loosens", text),)
    return (Aspect(gravest((removed(old), added(new, defaults))), text),)


def _reach(old: Rule, new: Rule, defaults: Defaults) -> Iterator[Aspect]:
    """What became of the set of calls that the rule matches."""
    if sorted(old.tools) == sorted(new.tools) and _same_clauses(old, new):
        return
    grows, shrinks = _grows(old, new), _shrinks(old, new)
    text = "; ".join(_reach_text(old, new))
    if grows and shrinks:
        yield Aspect("same", text)
    elif grows:
        yield Aspect(added(new, defaults), f"{text} (matches more)")
    elif shrinks:
        yield Aspect(removed(old), f"{text} (matches less)")
    else:
        yield Aspect("unknown", text)


def _reach_text(old: Rule, new: Rule) -> Iterator[str]:
    if sorted(old.tools) != sorted(new.tools):
        yield f"tools: {said(old.tools)} → {said(new.tools)}"
    if not _same_clauses(old, new):
        yield f"when: {_clauses(old)} → {_clauses(new)}"


def _clauses(rule: Rule) -> str:
    return " and ".join(" ".join(clause.split()) for clause in rule.when) or "always"


def _same_clauses(old: Rule, new: Rule) -> bool:
    return sorted(" ".join(c.split()) for c in old.when) == sorted(" ".join(c.split()) for c in new.when)


def _grows(old: Rule, new: Rule) -> bool:
    return covers(new.tools, old.tools) and all_implied(old.when, new.when)


def _shrinks(old: Rule, new: Rule) -> bool:
    return covers(old.tools, new.tools) and all_implied(new.when, old.when)


def _adds_only(rule: Rule, defaults: Defaults) -> bool:
    """Whether a rule that asks is nowhere looser than the defaults, whose place it takes where no other rule names
    groups, spans or quorums.
    """
    return (
        defaults.effect != "deny"
        and (not rule.reviewers or needs_cover(rule.reviewers, defaults.reviewers))
        and rule.reject_quorum in {None, 1}
        and rule.escalation is None
        and all(_no_longer(getattr(rule, name), getattr(defaults, name)) for name in _SPANS)
    )


def _no_longer(span: timedelta | None, other: timedelta) -> bool:
    return span is None or span <= other


def _is_bare(rule: Rule) -> bool:
    """Whether the rule says nothing but its effect."""
    demands = (
        rule.reviewers,
        rule.reject_quorum,
        rule.second_person_for_edits,
        rule.checks,
        rule.evidence,
        rule.step_up,
    )
    return not any(demands) and rule.escalation is None and all(getattr(rule, name) is None for name in _SPANS)


def _duties(old: Rule, new: Rule, defaults: Defaults) -> tuple[Aspect, ...]:
    return (
        *_reviewers(old.reviewers, new.reviewers, defaults),
        *_reject_quorum(old.reject_quorum, new.reject_quorum, defaults),
        *compared(
            "second person for edits",
            old.second_person_for_edits,
            new.second_person_for_edits,
            "tightens" if new.second_person_for_edits else "loosens",
        ),
        *compared("checks", old.checks, new.checks, "tightens" if set(new.checks) >= set(old.checks) else "loosens"),
        *compared(
            "evidence", old.evidence, new.evidence, "tightens" if set(new.evidence) >= set(old.evidence) else "loosens"
        ),
        *compared("step up", old.step_up, new.step_up, "tightens" if new.step_up else "loosens"),
        *compared("escalation", old.escalation, new.escalation, "unknown"),
        *compared("target", old.target, new.target, "same"),
        *compared("reason", old.reason, new.reason, "same"),
        *(aspect for name in _SPANS for aspect in _span(name, old, new, defaults)),
    )


def _reviewers(old: Sequence[Need], new: Sequence[Need], defaults: Defaults) -> tuple[Aspect, ...]:
    """Groups that a rule names stand in the place of the default's."""
    replaced = old or defaults.reviewers
    stricter = bool(new) and needs_cover(new, replaced)
    return compared("reviewers", tuple(old), tuple(new), "tightens" if stricter else "loosens")


def _reject_quorum(old: int | None, new: int | None, defaults: Defaults) -> tuple[Aspect, ...]:
    """The highest of all matching rules counts, and the default's where none says one."""
    lower = old is not None and new is not None and new <= old
    lone = new == 1 or (new is None and defaults.reject_quorum == 1)
    return compared("reject quorum", old, new, "tightens" if lower or lone else "loosens")


def _span(name: str, old: Rule, new: Rule, defaults: Defaults) -> tuple[Aspect, ...]:
    """The shortest of all matching rules counts, and the default's where none says one."""
    before: timedelta | None = getattr(old, name)
    after: timedelta | None = getattr(new, name)
    limit = getattr(defaults, name) if before is None else before
    shorter = after is not None and after <= limit
    return compared(name.replace("_", " "), before, after, "tightens" if shorter else "loosens")
