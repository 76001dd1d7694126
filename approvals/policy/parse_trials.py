"""The `tests` of a document."""

from decimal import Decimal

from approvals.policy.model import EFFECTS, Expect, Given, Trial
from approvals.policy.parse_rules import needs
from approvals.policy.paths import number_at
from approvals.policy.reading import Section


def trials(root: Section) -> tuple[Trial, ...]:
    return tuple(_trial(section) for section in root.sections("tests"))


def _trial(section: Section) -> Trial:
    trial = Trial(given=_given(section.section("given")), expect=_expect(section.section("expect")))
    section.close()
    return trial


def _given(section: Section) -> Given:
    call = section.section("tool_call")
    confidence = number_at(section.raw("confidence"))
    given = Given(
        tool=call.name("name"),
        args=call.free("args"),
        actor=section.name("actor"),
        agent_version=section.text("agent_version"),
        intent=section.text("intent"),
        confidence=None if confidence is None else float(confidence),
        uncertain=section.flag("uncertain", default=False),
        constraints=section.free("constraints"),
        impact=section.free("impact"),
        evidence=_list(section, "evidence"),
        usage=section.free("usage"),
        trace_id=section.text("trace_id"),
        on_behalf_of=section.text("on_behalf_of"),
        history=_history(section.section("history")),
        now=section.moment("now"),
    )
    if section.has("confidence") and not (confidence is not None and 0 <= confidence <= 1):
        section.fault("confidence", "not_a_share", "write a number from 0 to 1")
    call.close()
    section.close()
    return given


def _list(section: Section, key: str) -> tuple[object, ...]:
    value = section.raw(key)
    if value is None or isinstance(value, list):
        return tuple(value or ())
    section.fault(key, "not_a_list", "write a list here, such as [one, two]")
    return ()


def _history(section: Section) -> dict[str, Decimal]:
    found = {}
    for limit in section.words():
        amount = section.money(limit)
        if amount is not None:
            found[limit] = amount
    return found


def _expect(section: Section) -> Expect:
    if not section.has("effect"):
        section.fault("effect", "missing", f"say what you expect: {', '.join(EFFECTS)}")
    expect = Expect(
        effect=section.word("effect", EFFECTS, "deny"),
        names_rule=section.has("rule"),
        rule=section.text("rule"),
        reason_code=section.text("reason_code"),
        needs=tuple(sorted(needs(section, "needs"), key=lambda need: need.group)) if section.has("needs") else None,
    )
    section.close()
    return expect
