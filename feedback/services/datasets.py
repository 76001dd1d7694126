"""A dataset is made, and people's own examples come into it."""

import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError

from approvals.errors import BadRequest, Conflict, Fault, NotFound
from audit import record
from audit.actor import Actor
from audit.kinds import EventKind
from feedback import splits
from feedback.examples import Given, from_given
from feedback.gathering import store
from feedback.models import Dataset
from feedback.queries.datasets import DatasetView, view
from tenancy import ids, scope

# One salt for all unless told otherwise: what is trained on in one dataset is not measured with in another.
SALT = "countersign"
AT_ONCE = 10_000
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,78}[a-z0-9])?")


def create_dataset(
    *,
    actor: Actor,
    at: datetime,
    workspace_id: str,
    name: str,
    description: str = "",
    recipe: Mapping[str, Any] | None = None,
    salt: str = SALT,
    shares: Mapping[str, int] | None = None,
) -> DatasetView:
    """`recipe` gathers labels: `{"tools": [...], "since": ISO 8601 or null, "until": …}`, `{}` for all of them; None
    for a dataset that people fill themselves. Raises BadRequest, and Conflict for a name that is taken.
    """
    given = dict(splits.DEFAULT if shares is None else shares)
    _check(name, salt, given, recipe)
    dataset = Dataset(
        id=ids.new("dst", at),
        workspace_id=workspace_id,
        name=name,
        description=description,
        salt=salt,
        shares=given,
        recipe=None if recipe is None else dict(recipe),
        pseudonym_key=os.urandom(32),
        by_id=actor.id,
        by_name=actor.label,
        created_at=at,
    )
    try:
        with scope.acting(workspace_id):
            dataset.save(force_insert=True)
            _note(EventKind.DATASET_CREATED, dataset, actor, at, {"name": name, "salt": salt, "shares": given})
    except IntegrityError:
        detail = f"There is a dataset {name} already. Freeze that one again, or take another name."
        raise Conflict(detail, code="name_taken") from None
    return view(dataset)


def add_examples(*, actor: Actor, at: datetime, workspace_id: str, dataset_id: str, given: Sequence[Given]) -> int:
    """Adds examples, or revises those whose id is known; says how many changed. Raises NotFound and BadRequest."""
    if len(given) > AT_ONCE:
        detail = f"Add at most {AT_ONCE} examples at a time."
        raise BadRequest(detail, code="too_many", faults=[Fault("/examples", "too_many", detail)])
    for place, one in enumerate(given):
        if not one.expected and not one.forbidden:
            detail = "Name at least one call under expected or forbidden."
            raise BadRequest(detail, code="no_call", faults=[Fault(f"/examples/{place}", "no_call", detail)])
    with scope.acting(workspace_id):
        dataset = find(workspace_id, dataset_id)
        changed = store(dataset, [from_given(one) for one in given], at=at)
        if changed:
            _note(EventKind.DATASET_FILLED, dataset, actor, at, {"changed": changed})
    return changed


def find(workspace_id: str, dataset_id: str) -> Dataset:
    """By id or name. Raises NotFound."""
    field = "pk" if ids.is_id(dataset_id, "dst") else "name"
    found = Dataset.everywhere.filter(workspace_id=workspace_id, **{field: dataset_id}).first()
    if found is None:
        raise NotFound(f"There is no dataset {dataset_id[:80]} here.")
    return found


def _note(kind: EventKind, dataset: Dataset, actor: Actor, at: datetime, data: dict[str, Any]) -> None:
    record.record(
        kind=kind,
        workspace_id=dataset.workspace_id,
        actor=actor,
        at=at,
        subject=("dataset", dataset.pk),
        data=data,
    )


def _check(name: str, salt: str, shares: Mapping[str, int], recipe: Mapping[str, Any] | None) -> None:
    faults = []
    if _NAME.fullmatch(name) is None:
        faults.append(Fault("/name", "bad_format", "Use small letters, digits, dots and dashes, at most 80."))
    if not 0 < len(salt) <= 80:
        faults.append(Fault("/salt", "bad_length", "Give a salt of 1 to 80 characters."))
    unknown = set(shares) - set(splits.NAMES)
    if unknown or any(share < 0 for share in shares.values()) or sum(shares.values()) != 100:
        faults.append(Fault("/shares", "bad_shares", f"Give whole percents for {', '.join(splits.NAMES)}: 100 in all."))
    faults += [
        Fault(f"/recipe/{name_of}", "bad_format", "Write a moment with its zone in ISO 8601.")
        for name_of in ("since", "until")
        if recipe and recipe.get(name_of) and not _is_moment(recipe[name_of])
    ]
    if faults:
        raise BadRequest(" ".join(fault.detail for fault in faults), code=faults[0].code, faults=faults)


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
