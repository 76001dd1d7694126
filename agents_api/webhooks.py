"""What webhooks carry: the objects of the API, as they are when they are sent. A grant is never among them."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from accounts import queries as accounts_queries
from agents_api import output
from agents_api.eval_verbs import gate_tree
from agents_api.feedback_output import alert_tree
from approvals import queries
from approvals.errors import NotFound
from approvals.services import escalation_board, notifications
from feedback.queries import evaluation, series
from outbox import services as outbox
from outbox.types import Delivery, PermanentFailure


def deliver(message: Delivery) -> None:
    """The `webhook` sink."""
    outbox.send_webhook(message, lambda: body(message), now=timezone.now)
    told = message.payload.get("notifications")
    if told:
        notifications.settle(
            at=timezone.now(), workspace_id=message.workspace_id, notification_ids=told, outcome=notifications.SENT
        )


def body(message: Delivery) -> bytes:
    """`type`, `timestamp` and `data`, as Standard Webhooks has them. Raises PermanentFailure where it is gone."""
    try:
        data = _DATA[message.kind](message)
    except (KeyError, NotFound) as error:
        raise PermanentFailure(f"There is nothing to tell any more: {error}") from error
    told = {"type": message.kind, "timestamp": message.created_at, "workspace": message.workspace_id, "data": data}
    return output.dumps(told)


def _action(message: Delivery) -> dict[str, Any]:
    return output.action_tree(queries.find(message.workspace_id, message.subject), None)


def _escalated(message: Delivery) -> dict[str, Any]:
    view = queries.find(message.workspace_id, message.subject)
    telling = escalation_board.telling(view, message.payload["ref"])
    if telling is None:
        raise NotFound("The escalation is gone.")
    told = sorted({note.name for note in telling.notes if note.channel})
    escalation = {
        "id": telling.id,
        "kind": telling.kind,
        "level": telling.level or None,
        "cause": telling.cause,
        "reason": telling.reason or None,
        "told": told,
        "at": telling.fired_at,
    }
    return {**output.action_tree(view, None), "escalation": escalation}


def _gate(message: Delivery) -> dict[str, Any]:
    found = evaluation.find_gate(message.workspace_id, message.subject)
    return gate_tree(accounts_queries.slug_of(message.workspace_id), found)


def _alert(message: Delivery) -> dict[str, Any]:
    found = series.alert(message.workspace_id, message.subject)
    if found is None:
        raise NotFound("The alert is gone.")
    return alert_tree(found)


def _stop(message: Delivery) -> dict[str, Any]:
    return output.stop_tree(queries.find_stop(message.workspace_id, message.subject))


def _incident(message: Delivery) -> dict[str, Any]:
    return queries.incident_tree(queries.find_incident(message.workspace_id, message.subject))


def _test(message: Delivery) -> dict[str, Any]:
    return {"endpoint": message.subject, "by": message.payload["by"]}


_DATA: dict[str, Callable[[Delivery], dict[str, Any]]] = {
    "action.decided": _action,
    "action.question": _action,
    "action.escalated": _escalated,
    "gate.verdict": _gate,
    "signal.alert": _alert,
    "stop_switch.changed": _stop,
    "incident.opened": _incident,
    "webhook.tested": _test,
}
