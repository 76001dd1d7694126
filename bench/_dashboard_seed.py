"""A month of a workspace: one action of each fate through the verbs, and copies of them over thirty days by SQL.

Copies have ids and moments of their own, ten tools, three versions and four actions to a trace. What the numbers of
dashboards are counted from is copied; arguments are copied for what was edited, facts and promises not at all.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Model

from accounts import keys as formats
from accounts.models import User
from accounts.queries import Caller, caller_for, member_of
from approvals import envelope, services
from approvals.answers import ActionView
from approvals.models import Action, Decision, Execution, Revision
from approvals.strict_json import canonical
from audit.actor import Door
from tenancy import sql

DAYS = 30
# Crockford's digits of the milliseconds, as tenancy.ids writes them; what follows is the running number.
# What is searched by is not measured here, and costs as much to keep as all else together.
UNSEARCHED = "drop index if exists action_search"
STAMP = """create or replace function pg_temp.stamp(at timestamptz) returns text language sql immutable as $$
 select string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz', ((ms >> (5 * d)) & 31)::int + 1, 1), '' order by d desc)
 from (select (extract(epoch from at) * 1000)::bigint ms) t, generate_series(0, 9) d $$"""
_MODEL = "(%(models)s::text[])[1 + {n} %% array_length(%(models)s::text[], 1)]"
# What a copy has of its own; every other column is that of what it was copied from.
ACTION = {
    "id": "'act_' || pg_temp.stamp(n.moment) || lpad(n.g::text, 16, '0')",
    "tool": "'billing.tool' || (n.g %% 10)",
    "trace_id": "'tr_' || (n.g / 4)",
    "created_at": "n.moment",
    "target_at": "n.moment + interval '15 minutes'",
    "expires_at": "n.moment + interval '4 hours'",
    "decided_at": "case when t.decided_at is not null"
    " then n.moment + (power(1.7, n.g %% 17) || ' seconds')::interval end",
}
ACTIONS = f"""from (select g, %(now)s::timestamptz - %(span)s::interval * (1 - g::float8 / %(rows)s) moment
 from generate_series(1, %(rows)s) g) n join approvals_action t on t.id = {_MODEL.format(n="n.g")}"""
# The running number of a copy leads back to what it was copied from.
OF_ACTIONS = f"""from approvals_action a join {{table}} t on t.action_id = {_MODEL.format(n="substr(a.id, 15)::bigint")}
 where a.id <> all(%(models)s::text[])"""
COPIES: tuple[tuple[type[Model], dict[str, str], str], ...] = (
    (Action, ACTION, ACTIONS),
    (Decision, {"id": "'dec' || substr(a.id, 4)", "action_id": "a.id", "decided_at": "a.decided_at"}, OF_ACTIONS),
    (Execution, {"id": "'exe' || substr(a.id, 4)", "action_id": "a.id"}, OF_ACTIONS),
    (Revision, {"action_id": "a.id"}, OF_ACTIONS + " and a.revision > 1"),
)


# One telling for each question, at one of three levels, and an agent that has stopped listening for what waits.
TELLINGS = """insert into approvals_escalation (id, workspace_id, action_id, n, kind, level, moment, cause, by_id,
 by_name, reason, outcome, because, due_at, fired_at, waits)
 select 'esc' || substr(id, 4), workspace_id, id, 1, 'escalate', ascii(right(id, 1)) % 3, 0, 'timer', '', '', '',
 'told', '', created_at, created_at, case when state = 'pending' then true end
 from approvals_action where policy->>'effect' = 'require_approval'"""
LISTENING = """insert into approvals_listening (action_id, workspace_id, heard_at, until)
 select id, workspace_id, created_at, created_at from approvals_action where state = 'pending'"""


@dataclass(frozen=True, slots=True)
class Desk:
    otto: Caller
    ada: str
    at: datetime

    def ask(self, amount: float, **claims: object) -> ActionView:
        args = {"customer_id": "cus_1", "amount_usd": amount, "currency": "EUR"}
        asked = envelope.read(
            {
                "tool_call": {"name": "billing.refund", "args": args},
                "trace_id": "tr_0",
                "trace": {"url": "https://traces.example/1"},
                "confidence": 0.95,
                "usage": {"cost": {"value": "0.012", "currency": "USD"}},
                **claims,
            }
        )
        return services.submit(actor=self.otto.actor, at=self.at, caller=self.otto, envelope=asked)

    def vote(self, view: ActionView, verdict: str = "approve", **said: object) -> ActionView:
        member = member_of(self.ada, "bench")
        if member is None:
            raise LookupError("Ada left")
        given = {"at": self.at, "revision": view.revision, "digest": view.digest, **said}
        actor = member.actor(Door.WEB, "password")
        return services.review(actor=actor, member=member, action_id=view.id, verdict=verdict, **given)  # type: ignore[arg-type]

    def run(self, view: ActionView, status: str) -> ActionView:
        token = services.grant_for(view) or ""
        given = {"actor": self.otto.actor, "at": self.at, "caller": self.otto, "action_id": view.id}
        services.spend(grant=token, **given)  # type: ignore[arg-type]
        return services.report(told=services.Report(status, None, {}), **given)  # type: ignore[arg-type]


def fates(desk: Desk) -> list[ActionView]:
    """More that policy lets through than people decide, as it should be; one in twenty still waits."""
    allowed = [desk.run(desk.ask(9), "succeeded" if n else "failed") for n in range(6)]
    # A version that nobody has let run asks.
    allowed += [desk.vote(desk.ask(9, agent_version={"model": f"m{n}"})) for n in range(3)]
    approved = [desk.run(desk.vote(desk.ask(600)), "succeeded") for _ in range(5)]
    edited = canonical({"customer_id": "cus_1", "amount_usd": 500})
    changed = desk.vote(desk.ask(700), args=edited, reason_code="amount_too_high")
    rejected = desk.vote(desk.ask(800), "reject", reason_code="not_needed")
    denied = [desk.ask(200_000) for _ in range(3)]
    return [*allowed, *approved, changed, rejected, *denied, desk.ask(900)]


def copying(model: type[Model], own: dict[str, str], source: str) -> str:
    """The statement that copies rows of one table, column by column."""
    columns = [str(field.column) for field in model._meta.concrete_fields]
    values = ", ".join(own.get(column, f"t.{column}") for column in columns)
    table = model._meta.db_table
    return f"insert into {table} ({', '.join(columns)}) select {values} {source.replace('{table}', table)}"


def main(rows: int, token: str) -> None:
    """Prints how many of which fate are copied."""
    at = datetime.now(UTC)
    otto = caller_for(formats.digest(token), at)
    if otto is None:
        raise LookupError("otto has no key")
    desk = Desk(otto, User.objects.get(email="ada@example.com").id, at)
    models = [view.id for view in fates(desk)]
    values = {"rows": rows, "models": models, "now": at, "span": timedelta(days=DAYS)}
    connection = sql.database().connection
    with connection.cursor() as cursor:
        cursor.execute(UNSEARCHED)
        cursor.execute(STAMP)
        for model, own, source in COPIES:
            cursor.execute(copying(model, own, source), values)
        cursor.execute(TELLINGS)
        cursor.execute(LISTENING)
    connection.autocommit = True
    # As autovacuum leaves it.
    connection.execute("vacuum analyze")
    print(json.dumps({"fates": len(models), "rows": rows}))
