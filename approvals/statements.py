"""How a move is written: one guarded statement on PostgreSQL, the ORM in one transaction elsewhere.

`lifecycle` prepares a `Write` without touching the database; `apply` either writes all of it or nothing. Both paths
leave identical rows, which a test proves. A round trip costs more than all our own work on a request, hence the
statement: `with guard as (…), inserts as (insert … select … from guard)`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache, lru_cache, partial
from typing import Any

import orjson
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from accounts.models import Agent, ApiKey
from approvals import clock
from approvals.models import Action, ActivePolicy, IdempotencyKey, Timer
from approvals.states import State
from outbox import endpoints, wake
from outbox.models import Outgoing
from tenancy import sql
from tenancy.rows import Row


class Written(StrEnum):
    YES = "yes"
    GUARD_FAILED = "guard_failed"
    DUPLICATE = "duplicate"


class Clock(StrEnum):
    """What the database's clock has to say about `expires_at` and `closing_at` for the move to happen."""

    BEFORE_EXPIRY = "before_expiry"
    AFTER_EXPIRY = "after_expiry"
    AFTER_CLOSING = "after_closing"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Opening:
    """Holds while the agent and its key are live, and policy and stop switches are those that were evaluated."""

    workspace_id: str
    agent_id: str
    key_id: str
    policy_version_id: str
    stops_id: str = ""


@dataclass(frozen=True, slots=True)
class Moving:
    """Holds while the action is pending at this version; `changes` are the columns that the move sets."""

    workspace_id: str
    action_id: str
    version: int
    clock: Clock
    changes: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Write:
    guard: Opening | Moving
    rows: tuple[Row, ...]
    remembered: Row | None = None
    wakes: tuple[str, ...] = field(default=())


def apply(write: Write) -> Written:
    """Writes everything or nothing. DUPLICATE: this idempotency key was answered before."""
    if sql.vendor() != "postgresql":
        with transaction.atomic():
            return _through_the_orm(write)
    if write.remembered is None or isinstance(write.guard, Opening):
        return _in_one_statement(write)
    try:
        with transaction.atomic():
            return _in_one_statement(write)
    except IntegrityError as error:
        if _ANSWERED not in str(error):
            raise
        return Written.DUPLICATE


# The primary key of the remembered answers, as PostgreSQL names it.
_ANSWERED = "approvals_idempotencykey_pkey"

# PostgreSQL ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shape:
    """Everything that the text of a statement depends on. There are few, so each text is built once.

    `guard` is whether an opening has a key, or the columns and the clock of a move.
    """

    guard: bool | tuple[tuple[str, ...], Clock]
    remembered: tuple[str, ...]
    groups: tuple[tuple[type[models.Model], tuple[str, ...], int], ...]
    wakes: int


def _in_one_statement(write: Write) -> Written:
    guard, remembered, groups = write.guard, write.remembered, _grouped(write.rows)
    if isinstance(guard, Opening):
        values: list[Any] = [guard.key_id] if guard.key_id else []
        values += [guard.agent_id, guard.workspace_id, guard.policy_version_id, guard.stops_id]
        kind: bool | tuple[tuple[str, ...], Clock] = guard.key_id != ""
    else:
        values = [*_adapted(Action, guard.changes), guard.action_id, guard.workspace_id, guard.version]
        values += [guard.at, guard.action_id]
        kind = (tuple(guard.changes), guard.clock)
    if remembered is not None:
        values += _adapted(IdempotencyKey, remembered.values)
    for model, _, rows in groups:
        for row in rows:
            values += _adapted(model, row.values)
    values += write.wakes
    shape = _Shape(
        guard=kind,
        remembered=tuple(remembered.values) if remembered is not None else (),
        groups=tuple((model, columns, len(rows)) for model, columns, rows in groups),
        wakes=len(write.wakes),
    )
    [(held, written, *_)] = sql.execute(_text(shape), values).rows
    return Written.GUARD_FAILED if not held else Written.YES if written else Written.DUPLICATE


@lru_cache(maxsize=512)
def _text(shape: _Shape) -> bytes:
    if isinstance(shape.guard, bool):
        parts = [f"g as ({_opening_sql(shape.guard)})"]
    else:
        parts = [f"g as ({_moving_sql(*shape.guard)})", _timers_sql(shape.guard[0])]
    source = "g"
    if shape.remembered:
        source = "i"
        insert = _insert_sql(IdempotencyKey, shape.remembered, 1, "g")
        # An opening that finds its answer remembered writes nothing. A move has its UPDATE behind it by then, so there
        # the unique constraint has to break the statement as a whole.
        skip = " on conflict do nothing" if isinstance(shape.guard, bool) else ""
        parts.append(f"i as ({insert}{skip} returning 1)")
    for n, (model, columns, count) in enumerate(shape.groups):
        parts.append(f"r{n} as ({_insert_sql(model, columns, count, source)})")
    counts = f"(select count(*) from g), (select count(*) from {source})"
    if shape.wakes:
        keys = ", ".join(["(%s)"] * shape.wakes)
        counts += f", (select count(pg_notify('{wake.CHANNEL}', k)) from {source}, (values {keys}) w(k))"
    return sql.numbered(f"with {', '.join(parts)} select {counts}")


def _opening_sql(with_key: bool) -> str:
    key = (
        "join accounts_apikey k on k.agent_id = a.id and k.id = %s and k.revoked_at is null"
        " and (k.expires_at is null or k.expires_at > clock_timestamp()) "
        if with_key
        else ""
    )
    return (
        f"select 1 from accounts_agent a {key}join approvals_activepolicy p on p.workspace_id = a.workspace_id"
        " where a.id = %s and a.workspace_id = %s and a.disabled_at is null and p.version_id = %s"
        " and p.stops_id = %s"
    )


def _timers_sql(columns: tuple[str, ...]) -> str:
    """A final state needs no timer any more, and an undo window that moved not the one before."""
    pointless = "(g.state <> 'pending' or kind = 'close')" if "closing_at" in columns else "g.state <> 'pending'"
    return (
        "t as (update approvals_timer set cancelled_at = %s::timestamptz from g"
        # The id as a value: joined to g alone, the planner walks every live timer.
        f" where action_id = %s and {pointless} and fired_at is null and cancelled_at is null)"
    )


_CLOCK_SQL = {
    Clock.BEFORE_EXPIRY: " and expires_at > clock_timestamp()",
    Clock.AFTER_EXPIRY: " and expires_at <= clock_timestamp()",
    Clock.AFTER_CLOSING: " and closing_at <= clock_timestamp() and expires_at > clock_timestamp()",
    Clock.ANY: "",
}


def _moving_sql(columns: tuple[str, ...], clock: Clock) -> str:
    sets = "".join(f", {column} = %s::{cast}" for column, cast in _casts(Action, columns))
    return (
        f"update approvals_action set version = version + 1{sets} where id = %s and workspace_id = %s"
        # Said so that no index of pending actions can serve it: the planner, who has no figures of a young table, walks
        # the whole queue through one of these instead of going to the row by its id.
        f" and state || '' = 'pending' and version = %s{_CLOCK_SQL[clock]} returning id, state"
    )


def _insert_sql(model: type[models.Model], columns: tuple[str, ...], count: int, source: str) -> str:
    casts = _casts(model, columns)
    names = ", ".join(column for column, _ in casts)
    line = "(" + ", ".join(f"%s::{cast}" for _, cast in casts) + ")"
    lines = ", ".join([line] * count)
    taken, joined = endpoints.each_sql([column for column, _ in casts]) if model is Outgoing else ("v.*", "")
    into = f"insert into {model._meta.db_table}({names})"
    return f"{into} select {taken} from {source}, (values {lines}) v({names}){joined}"


@cache
def _casts(model: type[models.Model], columns: tuple[str, ...]) -> list[tuple[str, str]]:
    fields = {f.attname: f for f in model._meta.concrete_fields}
    types = [(str(fields[name].column), str(fields[name].rel_db_type(connection))) for name in columns]
    # A cast to varchar(n) would cut a value that is too long; as text, the column refuses it.
    return [(column, "text" if cast.startswith(("varchar", "character varying")) else cast) for column, cast in types]


@cache
def _json_columns(model: type[models.Model]) -> frozenset[str]:
    return frozenset(f.attname for f in model._meta.concrete_fields if isinstance(f, models.JSONField))


def _adapted(model: type[models.Model], values: Mapping[str, Any]) -> list[Any]:
    json = _json_columns(model)
    if not json:
        return list(values.values())
    return [orjson.dumps(v).decode() if k in json else v for k, v in values.items()]


def _grouped(rows: Sequence[Row]) -> list[tuple[type[models.Model], tuple[str, ...], list[Row]]]:
    groups: dict[tuple[type[models.Model], tuple[str, ...]], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.model, tuple(row.values)), []).append(row)
    return [(model, columns, members) for (model, columns), members in groups.items()]


# Elsewhere -----------------------------------------------------------------------------------------------------------


def _through_the_orm(write: Write) -> Written:
    if write.remembered is not None:
        kept = write.remembered.values
        if IdempotencyKey.objects.filter(caller_id=kept["caller_id"], key=kept["key"]).exists():
            return Written.DUPLICATE
    held = _opens(write.guard) if isinstance(write.guard, Opening) else _moves(write.guard)
    if not held:
        return Written.GUARD_FAILED
    if write.remembered is not None:
        IdempotencyKey(**write.remembered.values).save(force_insert=True)
    for row in endpoints.spread(write.rows):
        row.model(**row.values).save(force_insert=True)
    for key in (*write.wakes, wake.OUTBOX):
        transaction.on_commit(partial(wake.publish, key))
    return Written.YES


def _opens(guard: Opening) -> bool:
    now = timezone.now()
    live = Agent.everywhere.filter(pk=guard.agent_id, workspace_id=guard.workspace_id, disabled_at=None)
    if guard.key_id:
        keys = ApiKey.everywhere.filter(pk=guard.key_id, agent_id=guard.agent_id, revoked_at=None)
        if not keys.exclude(expires_at__lte=now).exists():
            return False
    policies = ActivePolicy.everywhere.filter(
        pk=guard.workspace_id, version_id=guard.policy_version_id, stops_id=guard.stops_id
    )
    return live.exists() and policies.exists()


def _moves(guard: Moving) -> bool:
    actions = Action.everywhere.filter(
        pk=guard.action_id, workspace_id=guard.workspace_id, state=State.PENDING, version=guard.version
    )
    now = clock.now()
    if guard.clock is Clock.BEFORE_EXPIRY:
        actions = actions.filter(expires_at__gt=now)
    elif guard.clock is Clock.AFTER_CLOSING:
        actions = actions.filter(expires_at__gt=now, closing_at__lte=now)
    elif guard.clock is Clock.AFTER_EXPIRY:
        actions = actions.filter(expires_at__lte=now)
    if not actions.update(version=guard.version + 1, **guard.changes):
        return False
    timers = Timer.everywhere.filter(action_id=guard.action_id, fired_at=None, cancelled_at=None)
    if guard.changes.get("state", State.PENDING) != State.PENDING:
        timers.update(cancelled_at=guard.at)
    elif "closing_at" in guard.changes:
        timers.filter(kind="close").update(cancelled_at=guard.at)
    return True
