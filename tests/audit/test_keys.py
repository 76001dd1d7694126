"""Disclosures are sealed: a copy of their table says nothing, and nothing ever again once a key is gone."""

import os
import subprocess
from datetime import datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection, transaction
from hypothesis import HealthCheck, example, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from approvals import queries
from audit import erasing, keys, record
from audit.actor import OPERATOR
from audit.canonical import canonical
from audit.kinds import EventKind
from audit.models import Disclosure, SubjectKey
from audit.record import Secret
from tests.cast import Stage
from tests.flows.at_once import press
from tests.questions import questions

WORD = "plutonium-kettle"
PERSON = "usr_01m7wazxb0esgvqf5qdsgq3vw5"
KEY_ID, CIPHER = f"wsp_9/{PERSON}", AESGCM(bytes(32))
NAMES, NOISE = st.binary(max_size=40), st.binary(max_size=40)
ONLY_READ = [HealthCheck.function_scoped_fixture]


def write(at: datetime, subject: str = PERSON, log: str = "wsp_1") -> str:
    with transaction.atomic():
        return record.record(
            kind=EventKind.EXPORT_MADE,
            workspace_id=log,
            actor=OPERATOR,
            at=at,
            subject=("export", "x"),
            secrets=[Secret("note", canonical(WORD), subject)],
        )


def read(event_id: str) -> bytes:
    return bytes(Disclosure.objects.get(event_id=event_id).value)


def raw(*tables: str) -> bytes:
    """The bytes of whole tables, as the database holds them."""
    found = b""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"select * from {table}")
            for row in cursor.fetchall():
                found += b"".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row)
    return found


def test_a_value_is_read_as_it_was_and_kept_as_noise(db: None, at: datetime) -> None:
    event_id = write(at)
    assert read(event_id) == canonical(WORD)
    assert WORD.encode() not in raw("audit_disclosure", "audit_subjectkey")


def test_another_process_reads_it_too(db: None, at: datetime) -> None:
    event_id = write(at)
    keys.forget_all()
    assert read(event_id) == canonical(WORD)


def test_without_its_key_a_value_is_gone_from_every_copy(db: None, at: datetime) -> None:
    event_id = write(at)
    erasing.destroy_key("wsp_1", PERSON)
    keys.forget_all()
    assert read(event_id) == b""


@limits(suppress_health_check=ONLY_READ)
@given(kept=st.binary(max_size=80) | st.builds(lambda name, rest: bytes([len(name)]) + name + rest, NAMES, NOISE))
@example(kept=b"")
@example(kept=b"\x04\xff\xfe\xfd\xfc" + bytes(40))
@example(kept=b"\x03a\x00b" + bytes(40))
def test_what_somebody_put_there_instead_is_no_value(db: None, kept: bytes) -> None:
    assert keys.unseal(keys.SEALED + kept) == b""


@limits(suppress_health_check=ONLY_READ)
@given(at_byte=st.integers(0), bit=st.integers(0, 7), length=st.integers(0, 200))
def test_a_sealed_value_that_was_changed_or_cut_is_no_value(db: None, at_byte: int, bit: int, length: int) -> None:
    name, nonce = KEY_ID.encode(), bytes(12)
    sealed = keys.SEALED + bytes([len(name)]) + name + nonce + CIPHER.encrypt(nonce, b"1", name)
    keys._open[KEY_ID] = CIPHER
    assert keys.unseal(sealed) == b"1"
    changed = bytearray(sealed)
    changed[1 + at_byte % (len(sealed) - 1)] ^= 1 << bit
    assert keys.unseal(bytes(changed)) == b""
    assert keys.unseal(sealed[: 1 + length % (len(sealed) - 1)]) == b""


def test_one_persons_key_opens_nobody_elses_and_no_other_log(db: None, at: datetime) -> None:
    others = [write(at, PERSON.replace("vw5", "vw6")), write(at, log="wsp_2")]
    own = write(at)
    erasing.destroy_key("wsp_1", PERSON)
    keys.forget_all()
    assert [read(event_id) for event_id in (own, *others)] == [b"", canonical(WORD), canonical(WORD)]


def test_a_counterpart_is_no_name_beside_what_is_about_them(stage: Stage) -> None:
    stage.submit(args={"customer_id": WORD, "amount_usd": 80})
    stage.review("ada", stage.submit(args={"customer_id": WORD, "amount_usd": 80}), comment=WORD)
    assert WORD.encode() not in raw("audit_disclosure", "audit_subjectkey", "audit_event")
    assert len(erasing.actions_about(stage.id, WORD)) == 2


def test_one_action_costs_one_key_whatever_is_said_about_it(stage: Stage) -> None:
    stage.review("ada", stage.submit())
    before = SubjectKey.objects.count()
    view = stage.submit()
    opened = SubjectKey.objects.count()
    stage.review("ada", view, comment="Fine.")
    assert (opened - before, SubjectKey.objects.count() - opened) == (1, 0)


def test_a_decision_in_another_process_asks_for_no_key_of_its_own(stage: Stage) -> None:
    stage.review("ada", stage.submit())
    view = stage.submit()
    person = f"{stage.id}/{stage.people['ada']}"
    keys.forget_all()
    keys.fetch([person])
    keys._found(person)
    with questions() as asked:
        stage.review("ada", queries.find(stage.id, view.id, envelope=True))
    assert [text for text in asked if text.startswith("SELECT") and "audit_subjectkey" in text] == []


def test_a_key_that_was_rolled_back_seals_nothing_more(committed: None, at: datetime) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        write(at)
        raise ZeroDivisionError
    event_id = write(at)
    keys.forget_all()
    assert (read(event_id), SubjectKey.objects.count()) == (canonical(WORD), 1)


@pytest.mark.race
def test_whoever_looked_before_another_made_the_key_takes_theirs(committed: None, at: datetime) -> None:
    key_id = f"wsp_1/{PERSON}"
    assert keys._found(key_id) is None
    press([lambda: write(at)])
    with transaction.atomic():
        late = keys._made(key_id)
    kept = bytes(SubjectKey.objects.get().wrapped)
    nonce = os.urandom(keys.NONCE)
    assert late.encrypt(nonce, b"x", b"") == AESGCM(keys._unwrap(key_id, kept)).encrypt(nonce, b"x", b"")


def test_without_a_key_of_the_instance_values_stand_as_they_are(db: None, at: datetime, settings: Settings) -> None:
    settings.DISCLOSURE_KEY = ""
    event_id = write(at, WORD)
    assert (read(event_id), SubjectKey.objects.count()) == (canonical(WORD), 0)
    assert erasing.events_about("wsp_1", WORD) == [event_id]


def test_values_from_before_are_found_and_read_after_it_was_set(db: None, at: datetime, settings: Settings) -> None:
    secret, settings.DISCLOSURE_KEY = settings.DISCLOSURE_KEY, ""
    event_id = write(at, WORD)
    settings.DISCLOSURE_KEY = secret
    assert (read(event_id), erasing.events_about("wsp_1", WORD)) == (canonical(WORD), [event_id])


@pytest.mark.postgres
def test_a_dump_without_keys_holds_no_value_and_no_key(open_stage: Stage) -> None:
    """The command of docs/operators.md, on the tables of the log."""
    open_stage.review("ada", open_stage.submit(args={"customer_id": WORD, "amount_usd": 80}), comment=WORD)
    wrapped = [bytes(value) for value in SubjectKey.objects.values_list("wrapped", flat=True)]
    assert wrapped
    dumped = dump("--exclude-table-data=audit_subjectkey", "--table=audit_*")
    held = [key for key in wrapped if key.hex() in dumped]
    assert (WORD in dumped, WORD.encode().hex() in dumped, held) == (False, False, [])
    assert "audit_disclosure" in dumped
    apart = dump("--table=audit_subjectkey")
    assert all(key.hex() in apart for key in wrapped)


def dump(*options: str) -> str:
    named: dict[str, Any] = connection.settings_dict
    place = ["--host", named["HOST"], "--port", str(named["PORT"]), "--username", named["USER"], named["NAME"]]
    secret = {**os.environ, "PGPASSWORD": named["PASSWORD"] or ""}
    return subprocess.run(["pg_dump", *options, *place], env=secret, capture_output=True, text=True, check=True).stdout
