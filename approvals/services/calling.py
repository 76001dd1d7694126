"""One desk for all that is told in one transaction: it finds the people, and writes the rows, facts and promises.

Nothing is sent here. Each row of a person waits as `promised` until the sink that carries it says what became of it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import models, transaction

from accounts import queries as accounts_queries
from approvals.escalation import flood, people
from approvals.escalation.calls import Call, Kind
from approvals.escalation.people import Called, Directory, Missed, Person
from approvals.services.cases import Case
from approvals.services.notifications import COLLAPSED, PROMISED, SKIPPED
from approvals.services.telling_rows import (
    BECAUSE_MAX,
    SINKS,
    By,
    Note,
    Told,
    escalation,
    fact,
    heard_by,
    let_go,
    notification,
    promises,
    reaches,
)
from audit import record
from audit.actor import SYSTEM
from audit.kinds import EventKind
from outbox import endpoints, wake
from tenancy import ids, sql
from tenancy.rows import Row

_MISSING = {"slack": "Slack is not connected", "webhook": "no webhook takes action.escalated"}
# Next due, fired at, cancelled at, id.
TimerMove = tuple[datetime | None, datetime | None, datetime | None, str]
_MOVE = "update approvals_timer set due_at = coalesce(%s, due_at), fired_at = %s, cancelled_at = %s where id = %s"
_COUNT = """insert into approvals_tally (workspace_id, agent_id, user_id, channel, since, count)
 values (%s, %s, %s, %s, %s, %s) on conflict (workspace_id, agent_id, user_id, channel, since)
 do update set count = approvals_tally.count + excluded.count returning count"""


@dataclass(slots=True)
class Desk:
    at: datetime
    _directories: dict[str, Directory] = field(default_factory=dict)
    _told: list[Told] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)
    _takers: dict[tuple[str, str], bool] = field(default_factory=dict)

    def directory(self, workspace_id: str) -> Directory:
        """Everybody of the workspace as they are now, read once."""
        if workspace_id not in self._directories:
            self._directories[workspace_id] = directory_of(workspace_id, self.at)
        return self._directories[workspace_id]

    @property
    def reaches_somebody(self) -> bool:
        return any(reaches(told.notes) for told in self._told)

    def would_reach(self, case: Case, call: Call, by: By) -> bool:
        """Whether the call would tell anybody; nothing is kept."""
        return reaches(self._notes(case, call, by))

    def tell(self, case: Case, call: Call, by: By) -> bool:
        """Keeps the call for `write`; whether anybody is told by it."""
        notes = self._notes(case, call, by)
        self._counts[case.action_id] += 1
        n = case.n + self._counts[case.action_id]
        self._told.append(Told(ids.new("esc", self.at), case, call, by, n, notes))
        return reaches(notes)

    def _notes(self, case: Case, call: Call, by: By) -> list[Note]:
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
                Note(ids.new("ntf", self.at), case, None, each.who, "", "", SKIPPED, each.why[:BECAUSE_MAX])
                for each in missed
            ),
        ]

    def _note(self, case: Case, called: Called, channel: str) -> Note:
        person = called.person
        why = "" if self._is_connected(case, channel) else _MISSING.get(channel, "")
        if channel == "email" and not person.gets_letters:
            why = "wants no letters"
        outcome = SKIPPED if why else PROMISED
        via = called.via[:BECAUSE_MAX]
        return Note(ids.new("ntf", self.at), case, person.user_id, person.name, via, channel, outcome, why)

    def _is_connected(self, case: Case, channel: str) -> bool:
        if channel != "webhook":
            return SINKS[channel] in settings.OUTBOX_SINKS
        about = (case.workspace_id, case.agent_id)
        if about not in self._takers:
            self._takers[about] = endpoints.is_taken(case.workspace_id, endpoints.ESCALATED, case.agent_id)
        return self._takers[about]

    def write(self) -> None:
        """Everything that was told, in a handful of statements, in the open transaction."""
        if not self._told:
            return
        placed = self._placed()
        written = [row for told in self._told for row in self._rows(told, placed)]
        insert([*written, *self._alerts(placed)])
        transaction.on_commit(partial(wake.publish, wake.OUTBOX))

    def _placed(self) -> dict[str, Note]:
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

    def _rows(self, told: Told, placed: dict[str, Note]) -> Iterator[Row]:
        told = replace(told, notes=[placed[note.id] for note in told.notes])
        heard = heard_by(told.notes)
        yield escalation(told, heard, self.at)
        for note in told.notes:
            yield notification(told, note, self.at)
        yield from fact(told, heard, self.at)
        if told.call.kind is Kind.REASSIGN and heard:
            yield from let_go(told, heard, self.at)
        yield from promises(told, self.at)

    def _alerts(self, placed: dict[str, Note]) -> Iterator[Row]:
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
    for row in endpoints.spread(rows):
        groups.setdefault((row.model, tuple(row.values)), []).append(row)
    for (model, _), members in groups.items():
        if sql.vendor() == "postgresql":
            sql.insert(model._meta.db_table, [row.values for row in members])
        else:
            model._meta.base_manager.bulk_create([model(**row.values) for row in members])


def move_timers(moves: Sequence[TimerMove]) -> None:
    """A timer that goes on has only the next moment, one that is over not that."""
    sql.each(_MOVE, moves)


def _counting(note: Note) -> tuple[str, str, str, str]:
    return (note.case.workspace_id, note.case.agent_id, note.user_id or "", note.channel)
