"""The `defaults`, `rules` and `limits` of a document."""

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from approvals.policy.model import EFFECTS, RISKS, Defaults, Limit, Need, Per, Risk, Rule
from approvals.policy.parse_tools import ON_SCHEMA_ERROR
from approvals.policy.reading import Section

_PER: tuple[Per, ...] = ("agent", "workspace", "counterpart", "trace")
# What approvers have to open: one argument, each piece of evidence that the agent sent, or its dry run.
_EVIDENCE = re.compile(r"args\.[^\s.]+|evidence|dry_run")
_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
_UNDO = {risk: count * _SECOND for risk, count in zip(RISKS, (0, 5, 10, 10), strict=True)}
_DWELL = {risk: count * _SECOND for risk, count in zip(RISKS, (0, 1, 3, 5), strict=True)}


def defaults(section: Section) -> Defaults:
    found = Defaults(
        effect=section.word("effect", EFFECTS, "require_approval"),
        reviewers=needs(section, "reviewers") or (Need("reviewers", 1),),
        reject_quorum=section.whole("reject_quorum", 1, most=100),
        target=_some(section.span("target"), 15 * _MINUTE),
        expires_in=_some(section.span("expires_in"), 4 * _HOUR),
        execute_within=_some(section.span("execute_within"), 15 * _MINUTE),
        result_within=_some(section.span("result_within"), _HOUR),
        undo=_by_risk(section.section("undo"), _UNDO),
        dwell=_by_risk(section.section("dwell"), _DWELL),
        slack_up_to=section.word("slack_up_to", RISKS, "high"),
        passkey_from=section.word("passkey_from", RISKS, "critical") if section.has("passkey_from") else None,
        escalation=section.text("escalation"),
        on_schema_error=section.word("on_schema_error", ON_SCHEMA_ERROR, "refuse"),
    )
    for key in ("target", "expires_in", "execute_within", "result_within"):
        _positive(section, key, getattr(found, key))
    section.close()
    return found


def _some(span: timedelta | None, default: timedelta) -> timedelta:
    return default if span is None else span


def _positive(section: Section, key: str, span: timedelta | None) -> None:
    if span is not None and not span:
        section.fault(key, "not_a_duration", "write more than zero")


def _by_risk(section: Section, default: Mapping[Risk, timedelta]) -> dict[Risk, timedelta]:
    found = {risk: _some(section.span(risk), default[risk]) for risk in RISKS}
    section.close()
    return found


def needs(section: Section, key: str) -> tuple[Need, ...]:
    """A list of {group, quorum}; a quorum left out is 1. An empty list is a fault."""
    found = []
    for item in section.sections(key):
        found.append(Need(group=item.name("group"), quorum=item.whole("quorum", 1, most=100)))
        item.close()
    if section.has(key) and not found:
        section.fault(key, "empty", "name at least one group, or leave the key out")
    if len({need.group for need in found}) < len(found):
        section.fault(key, "duplicate_group", "name each group once")
    return tuple(found)


def rules(root: Section) -> tuple[Rule, ...]:
    return tuple(_rule(index, section) for index, section in enumerate(root.sections("rules")))


def _rule(index: int, section: Section) -> Rule:
    if not section.has("effect"):
        section.fault("effect", "missing", f"say what the rule does: {', '.join(EFFECTS)}")
    if section.has("tools") and section.raw("tools") == []:
        section.fault("tools", "empty", "name a tool or a pattern, or leave the key out to mean every tool")
    rule = Rule(
        index=index,
        id=section.name("id"),
        tools=section.patterns("tools") or ("*",),
        when=section.texts("when", most=100_000),
        effect=section.word("effect", EFFECTS, "deny"),
        reviewers=needs(section, "reviewers"),
        reject_quorum=section.whole("reject_quorum", 1, most=100) if section.has("reject_quorum") else None,
        second_person_for_edits=section.flag("second_person_for_edits", default=False),
        checks=section.texts("checks", most=500),
        evidence=section.texts("evidence", shape=_EVIDENCE, most=200),
        step_up=section.word("step_up", ("passkey",), "passkey") if section.has("step_up") else None,
        escalation=section.text("escalation"),
        reason=section.text("reason", most=500),
        target=section.span("target"),
        expires_in=section.span("expires_in"),
        execute_within=section.span("execute_within"),
        result_within=section.span("result_within"),
    )
    for key in ("target", "expires_in", "execute_within", "result_within"):
        _positive(section, key, getattr(rule, key))
    section.close()
    return rule


def limits(root: Section) -> tuple[Limit, ...]:
    return tuple(_limit(section) for section in root.sections("limits"))


def _limit(section: Section) -> Limit:
    counted = section.flag("count", default=False)
    limit = Limit(
        id=section.name("id"),
        tools=section.patterns("tools"),
        sum=section.path("sum", ("args", "usage")),
        per=section.word("per", _PER, "workspace"),
        window=section.span("window"),
        max=section.money("max") or Decimal(0),
        over=section.word("over", ("require_approval", "deny"), "require_approval"),
    )
    for key in ("per", "max"):
        if not section.has(key):
            section.fault(key, "missing", f"{key} is needed")
    if counted == section.has("sum"):
        section.fault("sum", "sum_or_count", "write either sum: args.<path> or count: true")
    if limit.window is None and limit.per != "trace" and not section.has("window"):
        section.fault("window", "missing", "say over how long the limit sums, such as 24h")
    _positive(section, "window", limit.window)
    section.close()
    return limit
