"""One desk for all that is told in one transaction: it finds the people, and writes the rows, facts and promises.

Nothing is sent here. Each row of a person waits as `promised` until the sink that carries it says what became of it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import groupby, product
from typing import Any

from django.conf import settings
from django.db import models, transaction

from accounts import queries as accounts_queries
from approvals import moves
from approvals.escalation import flood, people
from approvals.escalation.calls import Call, Cause, Kind
from approvals.escalation.people import Called, Directory, Missed, Person
from approvals.models import Claim, Escalation, Notification
from approvals.services.cases import Case
from approvals.services.notifications import COLLAPSED, ESCALATED, FLOODED, PROMISED, SKIPPED
from audit import record
from audit.actor import SYSTEM, Actor
from audit.kinds import EventKind
from audit.record import Secret
from outbox import post, wake
from tenancy import ids, sql
from tenancy.rows import Row

SINKS = {"console": "live", "email": "mail", "slack": "slack", "webhook": "webhook"}
_MISSING = {"slack": "Slack is not connected", "webhook": "no webhook is set up"}
_KINDS = {
    Kind.ESCALATE: EventKind.ACTION_ESCALATED,
    Kind.REMIND: EventKind.ACTION_REMINDED,
    Kind.REASSIGN: EventKind.ACTION_REASSIGNED,
}
BECAUSE_MAX = 300
# Next due, fired at, cancelled at, id.
TimerMove = tuple[datetime | None, datetime | None, datetime | None, str]
_MOVE = "update approvals_timer set due_at = coalesce(%s, due_at), fired_at = %s, cancelled_at = %s where id = %s"
_COUNT = """insert into approvals_tally (workspace_id, agent_id, user_id, channel, since, count)
 values (%s, %s, %s, %s, %s, %s) on conflict (workspace_id, agent_id, user_id, channel, since)
 do update set count = approvals_tally.count + excluded.count returning count"""


@dataclass(frozen=True, slots=True)
class By:
    """Why it is told: a due moment, somebody's wish with their reason, or the auditor."""

    cause: Cause
    actor: Actor = SYSTEM
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Note:
    """One person over one channel; `place` is what it is in a flood."""

    id: str
    case: Case
    user_id: str | None
    name: str
    via: str
    channel: str
    outcome: str
    because: str = ""
    place: str = "single"


@dataclass(frozen=True, slots=True)
class _Told:
    """One call with the notes that it makes; the `n`-th of its action."""

    id: str
    case: Case
    call: Call
    by: By
    n: int
    notes: list[_Note]


@dataclass(slots=True)
class Desk:
    at: datetime
    _directories: dict[str, Directory] = field(default_factory=dict)
    _told: list[_Told] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)

    def directory(self, workspace_id: str) -> Directory:
        """Everybody of the workspace as they are now, read once."""
        if workspace_id not in self._directories:
            self._directories[workspace_id] = directory_of(workspace_id, self.at)
        return self._directories[workspace_id]

    @property
    def reaches_somebody(self) -> bool:
        return any(_reaches(told.notes) for told in self._told)

    def would_reach(self, case: Case, call: Call, by: By) -> bool:
        """Whether the call would tell anybody; nothing is kept."""
        return _reaches(self._notes(case, call, by))

    def tell(self, case: Case, call: Call, by: By) -> bool:
        """Keeps the call for `write`; whether anybody is told by it."""
        notes = self._notes(case, call, by)
        self._counts[case.action_id] += 1
        n = case.n + self._counts[case.action_id]
        self._told.append(_Told(ids.new("esc", self.at), case, call, by, n, notes))
        return _reaches(notes)

    def _notes(self, case: Case, call: Call, by: By) -> list[_Note]:
        def barred(person: Person) -> str:
            # Whoever presses knows of it.
            return "asked for this" if person.user_id == by.actor.id else case.barred(person)

        directory = self.directory(case.workspace_id)
        named: list[Called | Missed] = [*people.calls(call.notify, directory, case.schedules, self.at)]
        # Leads and admins are told so that they see to it, whether or not they may vote themselves.
        leaders = [Called(person, person.role) for person in directory.with_roles(*call.roles)]
        told, missed = people.resolve(named, barred)
        notes = [self._note(case, each, channel) for each in (*told, *leaders) for channel in call.channels]
        return [
            *notes,
            *(
                _Note(ids.new("ntf", self.at), case, None, each.who, "", "", SKIPPED, each.why[:BECAUSE_MAX])
                for each in missed
            ),
        ]

    def _note(self, case: Case, called: Called, channel: str) -> _Note:
        person = called.person
        why = _MISSING.get(channel, "") if SINKS[channel] not in settings.OUTBOX_SINKS else ""
        if channel == "email" and not person.gets_letters:
            why = "wants no letters"
        outcome = SKIPPED if why else PROMISED
        via = called.via[:BECAUSE_MAX]
        return _Note(ids.new("ntf", self.at), case, person.user_id, person.name, via, channel, outcome, why)

    def write(self) -> None:
        """Everything that was told, in a handful of statements, in the open transaction."""
        if not self._told:
            return
        placed = self._placed()
        written = [row for told in self._told for row in self._rows(told, placed)]
        insert([*written, *self._alerts(placed)])
        transaction.on_commit(partial(wake.publish, wake.OUTBOX))

    def _placed(self) -> dict[str, _Note]:
        """The notes by id, those that leave the house counted against floods. Keys are counted in one order, so that
        no two sweeps wait for each other in a circle.
        """
        notes = [note for told in self._told for note in told.notes]
        placed = {note.id: note for note in notes}
        counted = sorted(
            (note for note in notes if note.outcome == PROMISED and note.channel in {"email", "slack"}), key=_counting
        )
        for key, group in groupby(counted, key=_counting):
            several = list(group)
            last = count([*key, flood.since(self.at)], len(several))
            for n, note in enumerate(several, start=last - len(several) + 1):
                where = flood.place(n)
                outcome = COLLAPSED if where == "collapsed" else PROMISED
                because = "one letter stands for many" if where != "single" else ""
                placed[note.id] = replace(note, place=where, outcome=outcome, because=because)
        return placed

    def _rows(self, told: _Told, placed: dict[str, _Note]) -> Iterator[Row]:
        told = replace(told, notes=[placed[note.id] for note in told.notes])
        heard = _heard(told.notes)
        yield _escalation(told, heard, self.at)
        for note in told.notes:
            yield _notification(told, note, self.at)
        yield from _fact(told, heard, self.at)
        if told.call.kind is Kind.REASSIGN and heard:
            yield from _let_go(told, heard, self.at)
        yield from _promises(told, self.at)

    def _alerts(self, placed: dict[str, _Note]) -> Iterator[Row]:
        """One fact for each agent and window in which somebody was told of it too often."""
        flooding = {(note.case.workspace_id, note.case.agent_id) for note in placed.values() if note.place == "many"}
        for workspace_id, agent_id in sorted(flooding):
            if count([workspace_id, agent_id, "", "alert", flood.since(self.at)], 1) == 1:
                data = {"since": flood.since(self.at).isoformat(), "single": flood.SINGLE}
                subject = ("agent", agent_id)
                given: dict[str, Any] = {"workspace_id": workspace_id, "actor": SYSTEM, "at": self.at}
                yield from record.prepare(kind=EventKind.AGENT_FLOODED, subject=subject, data=data, **given).rows


def directory_of(workspace_id: str, at: datetime) -> Directory:
    return Directory(
        Person(
            each.user_id,
            each.name,
            each.email,
            each.role,
            each.groups,
            each.may_vote,
            each.gets_letters,
            each.away_until,
            each.delegate_id,
        )
        for each in accounts_queries.directory(workspace_id, at)
    )


def count(key: Sequence[Any], more: int) -> int:
    """Adds to one tally and says how many it has now."""
    row = sql.one(_COUNT, [*key, more])
    return int(row["count"]) if row else more


def insert(rows: Iterable[Row]) -> None:
    """In one statement a table, in the order in which the tables first come."""
    groups: dict[tuple[type[models.Model], tuple[str, ...]], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.model, tuple(row.values)), []).append(row)
    for (model, _), members in groups.items():
        if sql.vendor() == "postgresql":
            sql.insert(model._meta.db_table, [row.values for row in members])
        else:
            model._meta.base_manager.bulk_create([model(**row.values) for row in members])


def move_timers(moves: Sequence[TimerMove]) -> None:
    """A timer that goes on has only the next moment, one that is over not that."""
    sql.each(_MOVE, moves)


def _counting(note: _Note) -> tuple[str, str, str, str]:
    return (note.case.workspace_id, note.case.agent_id, note.user_id or "", note.channel)


def _reaches(notes: Sequence[_Note]) -> bool:
    return any(note.outcome in {PROMISED, COLLAPSED} for note in notes)


def _heard(notes: Sequence[_Note]) -> list[str]:
    """Who is told, by id."""
    return sorted({note.user_id for note in notes if note.user_id and note.outcome in {PROMISED, COLLAPSED}})


def _escalation(told: _Told, heard: Sequence[str], at: datetime) -> Row:
    person = told.by.actor if told.by.actor.is_person else None
    why = "; ".join(dict.fromkeys(f"{note.name}: {note.because}" for note in told.notes)) or "nobody is named"
    values = {
        "id": told.id,
        "workspace_id": told.case.workspace_id,
        "action_id": told.case.action_id,
        "n": told.n,
        "kind": told.call.kind.value,
        "level": told.call.level,
        "moment": told.call.moment,
        "cause": told.by.cause.value,
        "by_id": person.id if person else "",
        "by_name": person.label if person else "",
        "reason": told.by.reason,
        "outcome": "told" if heard else "nobody",
        "because": "" if heard else why[:BECAUSE_MAX],
        "due_at": told.call.due_at,
        "fired_at": at,
    }
    return Row(Escalation, values)


def _notification(told: _Told, note: _Note, at: datetime) -> Row:
    values = {
        "id": note.id,
        "workspace_id": told.case.workspace_id,
        "action_id": told.case.action_id,
        "escalation_id": told.id,
        "user_id": note.user_id,
        "user_name": note.name[:120],
        "via": note.via,
        "channel": note.channel,
        "outcome": note.outcome,
        "because": note.because,
        "created_at": at,
        "settled_at": None if note.outcome == PROMISED else at,
    }
    return Row(Notification, values)


def _fact(told: _Told, heard: Sequence[str], at: datetime) -> tuple[Row, ...]:
    case, call, by = told.case, told.call, told.by
    data = {
        "cause": by.cause.value,
        "level": None if call.level is None else call.level + 1,
        "levels": len(case.steps),
        "told": list(heard),
        "channels": sorted({note.channel for note in told.notes if note.outcome in {PROMISED, COLLAPSED}}),
        "missed": len([note for note in told.notes if note.outcome == SKIPPED]),
    }
    said = moves.said(by.reason, by.actor, by.actor.id)
    kind = _KINDS[call.kind] if heard else EventKind.LEVEL_SKIPPED
    return _recorded(kind, case, by, at, data, said)


def _let_go(told: _Told, heard: Sequence[str], at: datetime) -> tuple[Row, ...]:
    """Whoever has claimed it gives it up to those who were told."""
    case = told.case
    held = Claim.everywhere.filter(action_id=case.action_id, workspace_id=case.workspace_id, expires_at__gt=at)
    if not held.exclude(user_id__in=heard).delete()[0]:
        return ()
    return _recorded(EventKind.CLAIM_RELEASED, case, told.by, at, {"because": "reassigned"}, ())


def _recorded(
    kind: EventKind, case: Case, by: By, at: datetime, data: dict[str, Any], secrets: Sequence[Secret]
) -> tuple[Row, ...]:
    return record.prepare(
        kind=kind,
        workspace_id=case.workspace_id,
        actor=by.actor,
        at=at,
        subject=("action", case.action_id),
        action_id=case.action_id,
        data=data,
        secrets=secrets,
    ).rows


def _promises(told: _Told, at: datetime) -> Iterator[Row]:
    """Open pages are told once whoever was; a letter is one person's, and a message of a channel everybody's."""
    case = told.case
    given: dict[str, Any] = {"workspace_id": case.workspace_id, "subject": case.action_id, "at": at}
    if any(note.outcome != COLLAPSED for note in told.notes):
        payload = {"id": case.action_id, "escalation": told.id}
        yield post.prepare(sink="live", kind=ESCALATED, payload=payload, **given)
    for channel, (kind, place) in product(("email", "slack", "webhook"), ((ESCALATED, "single"), (FLOODED, "many"))):
        named = [n.id for n in told.notes if (n.channel, n.outcome, n.place) == (channel, PROMISED, place)]
        for together in [[each] for each in named] if channel == "email" else [named]:
            if together:
                yield post.prepare(sink=SINKS[channel], kind=kind, payload={"notifications": together}, **given)
