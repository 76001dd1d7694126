"""Two writings of the defaults, of a tool, a limit and a freeze."""

import json
from datetime import datetime, timedelta

from approvals.policy.model import EFFECTS, RANK, RISKS, Defaults, Document, Freeze, Limit, Risk, ToolSpec
from approvals.policy.tightening import (
    Aspect,
    Direction,
    at_least,
    at_most,
    compared,
    covers,
    gravest,
    needs_cover,
    ranked,
    said,
)

_STRICTER_SLACK: tuple[Risk, ...] = tuple(reversed(RISKS))
_EVERY = ("*",)
_NEVER = "no risk"


def defaults_changed(old: Defaults, new: Defaults) -> tuple[Aspect, ...]:
    more = needs_cover(new.reviewers, old.reviewers)
    return (
        *ranked("effect", old.effect, new.effect, EFFECTS),
        *compared("reviewers", old.reviewers, new.reviewers, "tightens" if more else "loosens"),
        *at_most("reject quorum", old.reject_quorum, new.reject_quorum),
        *compared("target", old.target, new.target, "same"),
        *at_most("expires in", old.expires_in, new.expires_in),
        *at_most("execute within", old.execute_within, new.execute_within),
        *at_most("result within", old.result_within, new.result_within),
        *ranked("Slack up to", old.slack_up_to, new.slack_up_to, _STRICTER_SLACK),
        *ranked("passkey from", old.passkey_from or _NEVER, new.passkey_from or _NEVER, (_NEVER, *_STRICTER_SLACK)),
        *compared("escalation", old.escalation, new.escalation, "unknown"),
        *(part for risk in RISKS for part in at_least(f"undo at {risk}", old.undo[risk], new.undo[risk])),
        *(part for risk in RISKS for part in at_least(f"dwell at {risk}", old.dwell[risk], new.dwell[risk])),
    )


def tool_changed(old: ToolSpec, new: ToolSpec, defaults: Defaults) -> tuple[Aspect, ...]:
    return (
        *_schema(old, new),
        *compared("effect text", old.effect_text, new.effect_text, "unknown"),
        *compared("version", old.version, new.version, "same"),
        *compared("access", old.access, new.access, "tightens" if new.access == "write" else "loosens"),
        *compared("writes personal data", old.writes_pii, new.writes_pii, "tightens" if new.writes_pii else "loosens"),
        *compared("data classes", old.data_classes, new.data_classes, "unknown"),
        *_risk(old, new, defaults),
        *compared("reversible", old.reversible, new.reversible, "loosens" if new.reversible else "tightens"),
        *compared("amount", _amount(old), _amount(new), "unknown"),
        *compared("counterpart", _counterpart(old), _counterpart(new), "unknown"),
        *compared("sensitive", _sensitive(old), _sensitive(new), "unknown"),
        *ranked("on schema error", old.on_schema_error, new.on_schema_error, ("ask", "refuse")),
    )


def _schema(old: ToolSpec, new: ToolSpec) -> tuple[Aspect, ...]:
    if json.dumps(old.schema, sort_keys=True) == json.dumps(new.schema, sort_keys=True):
        return ()
    if old.schema is None:
        return (Aspect("loosens", "schema: it had none, so a person looked at every call"),)
    return (Aspect("unknown", "schema: other arguments are taken than before"),)


def _risk(old: ToolSpec, new: ToolSpec, defaults: Defaults) -> tuple[Aspect, ...]:
    """More risk is stricter where the waits grow with it."""
    grows = _rises([defaults.undo[risk] for risk in RISKS]) and _rises([defaults.dwell[risk] for risk in RISKS])
    higher: Direction = "tightens" if grows else "unknown"
    return compared("risk", old.risk, new.risk, higher if RISKS.index(new.risk) > RISKS.index(old.risk) else "loosens")


def _rises(spans: list[timedelta]) -> bool:
    return spans == sorted(spans)


def _amount(spec: ToolSpec) -> str:
    return f"{spec.amount.path.text} in {spec.amount.currency}" if spec.amount else ""


def _counterpart(spec: ToolSpec) -> str:
    return spec.counterpart.text if spec.counterpart else ""


def _sensitive(spec: ToolSpec) -> tuple[str, ...]:
    return tuple(path.text for path in spec.sensitive)


def limit_added(limit: Limit, document: Document) -> Direction:
    """An agent in tier limits may act alone only where a limit names the tool, so one more limit can open a door."""
    tiers = {grant.tier or spec.tier for spec in document.agents.values() for grant in spec.tools}
    return "unknown" if limit.tools and "limits" in tiers else "tightens"


def limit_changed(old: Limit, new: Limit, document: Document) -> tuple[Aspect, ...]:
    return (
        *_limited_tools(old, new, document),
        *compared("sum", _summed(old), _summed(new), "unknown"),
        *compared("per", old.per, new.per, "unknown"),
        *_window(old.window, new.window),
        *at_most("max", old.max, new.max),
        *ranked("over", old.over, new.over, EFFECTS),
    )


def _limited_tools(old: Limit, new: Limit, document: Document) -> tuple[Aspect, ...]:
    before, after = tuple(sorted(old.tools)), tuple(sorted(new.tools))
    more = limit_added(new, document) if covers(after or _EVERY, before or _EVERY) else "loosens"
    return compared("tools", before or "all", after or "all", more)


def _summed(limit: Limit) -> str:
    return limit.sum.text if limit.sum else "calls"


def _window(old: timedelta | None, new: timedelta | None) -> tuple[Aspect, ...]:
    """No window sums for ever, which is the longest."""
    longer = new is None or (old is not None and new > old)
    text = f"window: {said(old) if old else 'for ever'} → {said(new) if new else 'for ever'}"
    return () if old == new else (Aspect("tightens" if longer else "loosens", text),)


def freeze_removed(freeze: Freeze, at: datetime) -> Direction:
    return "same" if freeze.ends_at <= at else "loosens"


def freeze_changed(old: Freeze, new: Freeze, at: datetime) -> tuple[Aspect, ...]:
    """What lies in the past freezes nothing any more."""
    if old == new:
        return ()
    wider = (
        max(new.starts_at, at) <= max(old.starts_at, at)
        and new.ends_at >= old.ends_at
        and covers(new.tools, old.tools)
        and RANK[new.effect] >= RANK[old.effect]
    )
    direction: Direction = "tightens" if wider else freeze_removed(old, at)
    return (Aspect(direction, f"{_frozen(old)} → {_frozen(new)}"),)


def _frozen(freeze: Freeze) -> str:
    return (
        f"{freeze.starts_at:%Y-%m-%d %H:%M} to {freeze.ends_at:%Y-%m-%d %H:%M}, {said(freeze.tools)}, {freeze.effect}"
    )


def overall(aspects: tuple[Aspect, ...]) -> Direction:
    return gravest([aspect.direction for aspect in aspects])
