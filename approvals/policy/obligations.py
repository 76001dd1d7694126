"""Merging what several rules ask for. The order of the rules makes no difference."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from approvals.policy.model import Defaults, Need, Rule
from approvals.policy.verdict import Obligations


def obligations_of(
    defaults: Defaults, rules: Sequence[Rule], urgency: Mapping[str, tuple[float, ...]], *, asks: bool
) -> Obligations:
    """The heaviest of each demand, the shortest of each span, the soonest escalation; `asks` says that people vote.

    Groups of all rules are united at their highest quorum; the default's groups stand only where no rule names any.
    """
    plans: set[str | None] = {rule.escalation for rule in rules if rule.escalation}
    return Obligations(
        needs=_needs(rules) or _united(defaults.reviewers) if asks else (),
        reject_quorum=max([rule.reject_quorum for rule in rules if rule.reject_quorum] or [defaults.reject_quorum]),
        second_person_for_edits=any(rule.second_person_for_edits for rule in rules),
        checks=tuple(sorted({check for rule in rules for check in rule.checks})),
        evidence=tuple(sorted({name for rule in rules for name in rule.evidence})),
        step_up=next((rule.step_up for rule in rules if rule.step_up), None),
        escalation=min(plans or {defaults.escalation}, key=lambda plan: (urgency.get(plan or "", ()), plan or "")),
        target=_shortest(rules, lambda rule: rule.target, defaults.target),
        expires_in=_shortest(rules, lambda rule: rule.expires_in, defaults.expires_in),
        execute_within=_shortest(rules, lambda rule: rule.execute_within, defaults.execute_within),
        result_within=_shortest(rules, lambda rule: rule.result_within, defaults.result_within),
    )


def _needs(rules: Sequence[Rule]) -> tuple[Need, ...]:
    return _united([need for rule in rules for need in rule.reviewers])


def _united(needs: Sequence[Need]) -> tuple[Need, ...]:
    quorums: dict[str, int] = {}
    for need in needs:
        quorums[need.group] = max(need.quorum, quorums.get(need.group, 0))
    return tuple(Need(group, quorums[group]) for group in sorted(quorums))


def _shortest(rules: Sequence[Rule], read: Callable[[Rule], timedelta | None], default: timedelta) -> timedelta:
    return min([span for rule in rules if (span := read(rule)) is not None], default=default)
