"""Decisions that the tests of datasets learn from."""

from collections.abc import Mapping
from typing import Any

from approvals.answers import ActionView
from approvals.strict_json import canonical
from audit.actor import OPERATOR
from feedback import queries, services
from feedback.capture import capture
from feedback.queries import DatasetView, ItemView, VersionView
from outbox.models import Message
from outbox.types import Delivery
from tests.cast import Stage

REFUND = {"customer_id": "cus_1", "amount_usd": 80}


def learn(stage: Stage) -> None:
    """What the relay would do now."""
    for message in Message.objects.filter(sink="feedback", workspace_id=stage.id).order_by("id"):
        capture(Delivery(message.pk, stage.id, message.kind, message.subject, {}, 0, message.created_at))
        message.delete()


def decided(stage: Stage, verdict: str = "approve", *, args: Mapping[str, Any] = REFUND, **options: Any) -> ActionView:
    """Ada decides what otto asked; `edit` are the arguments that she signs instead, `claims` what otto said."""
    edit, claims = options.pop("edit", None), options.pop("claims", {})
    view = stage.submit(options.pop("tool", "billing.refund"), dict(args), **claims)
    if edit is not None:
        options["args"] = canonical(dict(edit))
    if verdict == "reject":
        options.setdefault("reason_code", "not_needed")
    return stage.review("ada", view, verdict, **options)


def dataset(stage: Stage, name: str = "refunds", **options: Any) -> DatasetView:
    options.setdefault("recipe", {})
    return services.create_dataset(actor=OPERATOR, at=stage.at, workspace_id=stage.id, name=name, **options)


def frozen(stage: Stage, made: DatasetView) -> VersionView:
    learn(stage)
    return services.freeze(actor=OPERATOR, at=stage.at, workspace_id=stage.id, dataset_id=made.id)


def items(stage: Stage, version: VersionView) -> list[ItemView]:
    return list(queries.items(stage.id, version.id))
