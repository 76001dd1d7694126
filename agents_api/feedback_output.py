"""Feedback's values as JSON trees."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from accounts import queries as accounts
from agents_api.output import dumps
from feedback.queries import confidence as confidences
from feedback.queries import readiness as standing
from feedback.queries import series, streams
from feedback.queries.confidence import Spoken
from feedback.queries.evaluation import JudgeView
from feedback.queries.outcomes import OutcomeView
from feedback.queries.plans import PlanView
from feedback.queries.readiness import AgentReadiness, ControlView
from feedback.queries.series import AlertView
from feedback.queries.streams import Stream


def readiness(workspace_id: str, at: datetime) -> bytes:
    return dumps(
        {
            "days": standing.DAYS,
            "controls": [_control(one) for one in standing.controls(workspace_id)],
            "agents": [_agent(one) for one in standing.readiness_of(workspace_id, at)],
        }
    )


def confidence(workspace_id: str) -> bytes:
    return dumps({"items": [_spoken(one) for one in confidences.spoken(workspace_id)]})


def drift(workspace_id: str, at: datetime) -> bytes:
    found = list(streams.streams(workspace_id, at))
    names = accounts.agent_names(workspace_id, sorted({one.agent_id for one in found}))
    return dumps({"items": [_stream(one, names.get(one.agent_id, one.agent_id)) for one in found]})


def alerts(workspace_id: str) -> bytes:
    return dumps({"items": [alert_tree(one) for one in series.alerts(workspace_id, closed=False)]})


def plan_tree(view: PlanView) -> dict[str, Any]:
    return {
        "id": view.id,
        "gate_name": view.name,
        "dataset": view.dataset_name,
        "agent": view.agent_name,
        "baseline": view.baseline,
        "every": view.every,
        "owner": view.owner_name,
        "next_at": view.next_at,
        "gate": view.gate_id or None,
        "verdict": view.verdict or None,
        "created_at": view.created_at,
    }


def judge_tree(view: JudgeView) -> dict[str, Any]:
    return asdict(view)


def outcome_tree(view: OutcomeView) -> dict[str, Any]:
    return {
        "id": view.id,
        "action": view.action_id,
        "agent": view.agent_id,
        "name": view.agent_name,
        "tool": view.tool,
        "decision": view.decision,
        "execution": view.execution or None,
        "right": view.right,
        "severe": view.severe,
        "kind": view.kind,
        "by": view.by_name,
        "at": view.at,
    }


def _control(one: ControlView) -> dict[str, Any]:
    return {
        "name": one.name.value,
        "threshold": one.threshold,
        "currency": one.currency or None,
        "waived": one.waived,
        "owner": one.owner_name if one.owner_id else None,
    }


def _agent(one: AgentReadiness) -> dict[str, Any]:
    stands = [
        {"control": stand.control.name.value, "standing": stand.standing.value, **asdict(stand.figure)}
        for stand in one.stands
    ]
    return {
        "agent": one.agent_id,
        "name": one.agent_name,
        "version": one.version_id or None,
        "ready": one.is_ready,
        "controls": stands,
    }


def _spoken(one: Spoken) -> dict[str, Any]:
    found, brier = one.found, one.found.brier_interval
    bins = [
        {
            "low": part.low,
            "high": part.high,
            "n": part.n,
            "said": part.said,
            "right": part.right,
            "right_low": part.interval.low,
            "right_high": part.interval.high,
        }
        for part in found.bins
    ]
    return {
        "agent": one.agent_id,
        "name": one.agent_name,
        "version": one.version_id or None,
        "tool": one.tool,
        "n": found.n,
        "brier": found.brier,
        "brier_low": brier.low if brier else None,
        "brier_high": brier.high if brier else None,
        "error": found.error,
        "bias": found.bias,
        "calibrated": found.calibrated,
        "bins": bins,
    }


def _stream(one: Stream, name: str) -> dict[str, Any]:
    novelties = (one.shapes, one.sources)
    mixes = [
        {
            "feature": row.feature,
            "index": row.shift.index,
            "limit": row.shift.limit,
            "p": row.p,
            "n": row.shift.n,
            "alert": row.alert,
        }
        for row in one.mixes
    ]
    return {
        "agent": one.agent_id,
        "name": name,
        "tool": one.tool,
        "then": one.n_then,
        "now": one.n_now,
        "cause": one.cause.value,
        "new": [_thing(*thing) for found in novelties for thing in found.new],
        "vanished": [_thing(*thing) for found in novelties for thing in found.vanished],
        "mixes": mixes,
    }


def _thing(feature: str, value: str) -> dict[str, str]:
    return {"feature": feature, "value": value}


def alert_tree(one: AlertView) -> dict[str, Any]:
    return {
        "id": one.id,
        "metric": one.metric,
        "agent": one.agent_id,
        "name": one.agent_name,
        "tool": one.tool,
        "cause": one.cause,
        "detector": one.detector,
        "since": one.since.isoformat(),
        "rate": one.rate,
        "baseline": one.baseline,
        "n": one.n,
        "detail": one.detail or None,
        "owner": one.owner_name or None,
        "raised_at": one.raised_at,
    }
