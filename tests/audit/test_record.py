"""Facts: in the transaction of their change or not at all, and nothing personal in their bytes."""

from datetime import datetime

import orjson
import pytest
from django.db import transaction

from audit import keys, record
from audit.actor import OPERATOR, SYSTEM, Actor, Door, Kind
from audit.canonical import NotCanonical, canonical, disclose, stamp
from audit.kinds import EventKind
from audit.models import Disclosure, Event, PendingEvent
from audit.record import NoTransaction, Secret
from tests.cast import Stage

USR, ACT = "usr_01m7wazxb0esgvqf5qdsgq3vw5", "act_01m7wazxb0esgvqf5qdsgq3vw5"
ADA = Actor(Kind.PERSON, USR, "Ada", Door.WEB, "password")
SECRETS = [
    Secret("comment", canonical("Cap it at 40 €."), USR),
    Secret("args", canonical({"b": 1.5, "a": None}), ACT),
]


def write(at: datetime, **options: object) -> str:
    told = {"kind": EventKind.EXPORT_MADE, "workspace_id": "wsp_1", "actor": ADA, "at": at, "subject": ("export", "x")}
    return record.record(**{**told, **options})  # type: ignore[arg-type]


def test_a_fact_without_a_transaction_is_refused(committed: None, at: datetime) -> None:
    with pytest.raises(NoTransaction):
        write(at)
    assert Event.objects.count() == 0


def test_a_fact_goes_where_its_change_goes(committed: None, at: datetime) -> None:
    with pytest.raises(ValueError), transaction.atomic():  # noqa: PT012
        write(at, secrets=SECRETS)
        raise ValueError
    assert (Event.objects.count(), Disclosure.objects.count(), PendingEvent.objects.count()) == (0, 0, 0)
    with transaction.atomic():
        written = write(at, secrets=SECRETS)
    assert list(PendingEvent.objects.values_list("event_id", "workspace_id")) == [(written, "wsp_1")]


def test_the_bytes_are_canonical_and_the_columns_repeat_them(db: None, at: datetime) -> None:
    event = Event.objects.get(pk=write(at, action_id=ACT, data={"z": [1, True, None], "a": "ü"}))
    body = orjson.loads(bytes(event.body))
    assert bytes(event.body) == canonical(body)
    assert body == {
        "id": event.id,
        "kind": "export:made",
        "log": "wsp_1",
        "occurred_at": stamp(at),
        "actor": {"kind": "person", "id": USR, "door": "web"},
        "subject": {"type": "export", "id": "x"},
        "action": ACT,
        "digest": None,
        "revision": None,
        "policy": None,
        "data": {"z": [1, True, None], "a": "ü"},
        "disclosures": [],
    }
    columns = (event.workspace_id, event.kind, event.actor_kind, event.actor_id, event.door, event.occurred_at)
    assert columns == ("wsp_1", "export:made", "person", USR, "web", at)
    assert (event.subject_type, event.subject_id, event.action_id) == ("export", "x", ACT)


def said(body: bytes) -> str:
    """An event without its digests: these are random letters, which spell a short name now and then."""
    return orjson.dumps({**orjson.loads(body), "digest": None, "disclosures": []}).decode()


def test_the_name_of_an_actor_never_stands_in_the_bytes(db: None, at: datetime) -> None:
    event = Event.objects.get(pk=write(at, secrets=SECRETS))
    text = said(bytes(event.body))
    assert [word for word in ("Ada", "Cap it", "1.5", "password") if word in text] == []


def test_salt_and_value_open_each_digest_and_every_salt_is_its_own(db: None, at: datetime) -> None:
    written = [Event.objects.get(pk=write(at, secrets=SECRETS)) for _ in range(2)]
    sides = [list(Disclosure.objects.filter(event_id=event.id).order_by("n")) for event in written]
    for event, kept in zip(written, sides, strict=True):
        digests = [disclose(bytes(side.salt), side.name, orjson.loads(bytes(side.value))) for side in kept]
        assert orjson.loads(bytes(event.body))["disclosures"] == digests
        assert [(side.name, side.subject) for side in kept] == [
            ("comment", USR),
            ("args", ACT),
        ]
    salts = [bytes(side.salt) for kept in sides for side in kept]
    assert ([len(salt) for salt in salts], len(set(salts))) == ([16] * 4, 4)


def test_an_erased_value_leaves_the_event_as_it_was(db: None, at: datetime) -> None:
    event = Event.objects.get(pk=write(at, secrets=SECRETS))
    Disclosure.objects.filter(event_id=event.id, subject=USR).delete()
    assert bytes(Event.objects.get(pk=event.id).body) == bytes(event.body)
    kept = Disclosure.objects.get(event_id=event.id)
    assert disclose(bytes(kept.salt), "args", {"a": None, "b": 1.5}) in orjson.loads(bytes(event.body))["disclosures"]


def test_the_digest_of_an_action_can_be_guessed_so_it_is_disclosed_too(db: None, at: datetime) -> None:
    told = {
        "workspace_id": "wsp_1",
        "actor": SYSTEM,
        "at": at,
        "subject": ("action", ACT),
        "action_id": ACT,
    }
    prepared = record.prepare(kind=EventKind.ACTION_DECIDED, digest=b"\x01" * 32, secrets=SECRETS, **told)  # type: ignore[arg-type]
    event, _, side, *others = prepared.rows
    body = orjson.loads(event.values["body"])
    assert (side.values["name"], keys.unseal(side.values["value"])) == ("digest", canonical("sha256:" + "01" * 32))
    assert (body["digest"], len(others)) == (body["disclosures"][0], 2)
    assert "01" * 32 not in event.values["body"].decode()


def test_what_belongs_to_no_workspace_goes_into_the_systems_log(db: None, at: datetime) -> None:
    event = Event.objects.get(pk=write(at, workspace_id="", actor=OPERATOR))
    assert (event.workspace_id, orjson.loads(bytes(event.body))["log"]) == ("system", "system")


@pytest.mark.parametrize("data", [{"amount": 1.5}, {"n": 2**53}, {"ä": 1}, {"long": "x" * 17_000}, {"at": object()}])
def test_what_has_no_exact_bytes_is_refused_and_nothing_is_written(
    db: None, at: datetime, data: dict[str, object]
) -> None:
    with pytest.raises(NotCanonical):
        write(at, data=data)
    assert (Event.objects.count(), PendingEvent.objects.count()) == (0, 0)


def test_every_kind_reads_subject_verb() -> None:
    assert [kind for kind in EventKind if kind.value != f"{kind.subject}:{kind.verb}" or not kind.verb] == []


def test_nothing_that_the_cast_does_writes_a_name_or_an_address_in_the_open(stage: Stage) -> None:
    bodies = [said(bytes(body)) for body in Event.objects.values_list("body", flat=True)]
    people = ("Ada", "Ben", "Vera", "Dana", "Eve", "example.com")
    assert len(bodies) > 20
    assert [(word, body) for body in bodies for word in people if word in body] == []
