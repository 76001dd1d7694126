"""A bucket that nobody can overwrite holds the checkpoints, and unmasks another history."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pytest_django.fixtures import Settings

from audit.anchors.witness import Diverged
from audit.models import Anchor, Checkpoint, Event
from audit.services import Keeper
from audit.verdicts import Code
from compliance import object_lock
from compliance.anchor_folder import Undelivered
from compliance.object_lock import Bucket
from compliance.services import anchoring
from outbox.types import PermanentFailure, TransientFailure
from tests.audit.logging_events import keep, keeper, write
from tests.compliance.bucket import ACCESS, REGION, SECRET, Store, bucket
from tests.compliance.test_anchoring import deliver, judged, rewrite

# The examples of Amazon's own page on signing, with its keys and moment.
EXAMPLE = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
THEN = datetime(2013, 5, 24, tzinfo=UTC)
HOST = {"host": "examplebucket.s3.amazonaws.com"}


@pytest.fixture
def store(db: None, tmp_path: Path, settings: Settings) -> Iterator[Store]:
    settings.LOG_HEADS_DIR = tmp_path / "heads"
    settings.WITNESS_POLICY, settings.ANCHOR_DIR, settings.ANCHOR_WEBHOOK, settings.ANCHOR_MAIL = "", "", "", []
    settings.ANCHOR_S3_REGION, settings.ANCHOR_S3_DAYS = REGION, 30
    settings.ANCHOR_S3_ACCESS_KEY, settings.ANCHOR_S3_SECRET_KEY = ACCESS, SECRET
    with bucket() as made:
        settings.ANCHOR_S3_URL = made.url
        yield made


@pytest.fixture
def pulse(store: Store, settings: Settings, at: datetime) -> Keeper:
    made = keeper(Path(settings.LOG_HEADS_DIR))
    for count in (256, 24, 20):
        write(at, count)
        keep(made, at)
    return made


@pytest.mark.parametrize(
    ("path", "query", "headers", "signature"),
    [
        ("/test.txt", "", {"range": "bytes=0-9"}, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        ("/", "lifecycle=", {}, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ("/", "max-keys=2&prefix=J", {}, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ],
)
def test_a_signature_is_the_specifications_own(path: str, query: str, headers: dict[str, str], signature: str) -> None:
    told = object_lock.signed("GET", path, query, {**HOST, **headers}, b"", "us-east-1", EXAMPLE, at=THEN)
    assert told["authorization"].rpartition("Signature=")[2] == signature


def test_a_signature_covers_the_body() -> None:
    headers = {**HOST, "date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"}
    body = b"Welcome to Amazon S3."
    told = object_lock.signed("PUT", "/test%24file.text", "", headers, body, "us-east-1", EXAMPLE, at=THEN)
    expected = "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
    assert told["authorization"].rpartition("Signature=")[2] == expected


def test_a_checkpoint_is_locked_for_as_long_as_the_operator_says(store: Store, pulse: Keeper, at: datetime) -> None:
    assert deliver(at=at) == ["object lock"]
    ((key, kept),) = store.objects.items()
    note = bytes(Checkpoint.objects.get(log_id="wsp_1", size=300).note)
    assert (key, kept.body, store.refused) == ("wsp_1/000000000300.checkpoint", note, [])
    until = datetime.fromisoformat(kept.headers["x-amz-object-lock-retain-until-date"])
    assert timedelta(days=30, minutes=-5) < until - at < timedelta(days=30, minutes=5)
    assert (Anchor.objects.get().size, judged().code) == (300, Code.UNWITNESSED)


def test_one_that_grows_all_day_gets_one_each_quarter_of_an_hour(store: Store, pulse: Keeper, at: datetime) -> None:
    deliver(at=at)
    write(at, 1)
    keep(pulse, at)
    held = Anchor.objects.get().at
    assert held is not None
    assert [anchoring.promise_due(at=held + timedelta(minutes=n)) for n in (14, 15)] == [0, 1]


def test_the_same_checkpoint_twice_is_one(store: Store, pulse: Keeper, at: datetime) -> None:
    deliver(at=at)
    Anchor.objects.all().delete()
    assert deliver(at=at) == ["object lock"]
    assert len(store.objects) == 1


def test_a_rewritten_history_is_unmasked_by_the_bucket(
    store: Store, pulse: Keeper, at: datetime, settings: Settings
) -> None:
    deliver(at=at)
    rewrite(settings)
    Anchor.objects.all().delete()
    report = judged()
    assert (report.code, [fault.says for fault in report.faults]) == (
        Code.DIVERGED,
        ["The object wsp_1/000000000300.checkpoint in the bucket holds another tree of 300 entries."],
    )
    with pytest.raises(PermanentFailure, match=r"holds another checkpoint as wsp_1/000000000300\.checkpoint"):
        deliver(at=at)
    assert Event.objects.filter(kind="log:diverged").count() == 1


def test_a_log_that_shrank_is_refused(store: Store) -> None:
    with httpx.Client() as client:
        Bucket.configured().put("wsp_1", 300, b"larger", client, at=THEN)
        with pytest.raises(Diverged, match=r"holds wsp_1/000000000300\.checkpoint, which this log did not grow from"):
            Bucket.configured().put("wsp_1", 299, b"smaller", client, at=THEN)


def test_the_ends_of_a_long_list_are_found_page_by_page(store: Store) -> None:
    store.page = 2
    with httpx.Client() as client:
        for size in range(1, 6):
            Bucket.configured().put("wsp_1", size, b"%d" % size, client, at=THEN)
            Bucket.configured().put("wsp_1.2", size, b"other", client, at=THEN)
        found = list(Bucket.configured().ends("wsp_1", client, at=THEN))
    assert [note for _, note in found] == [b"1", b"5"]


def test_a_bucket_that_is_away_is_asked_again(store: Store, pulse: Keeper, at: datetime, settings: Settings) -> None:
    store.status = 503
    with pytest.raises(TransientFailure, match="The bucket answered 503"):
        deliver(at=at)
    assert (judged().code, Anchor.objects.get().size) == (Code.UNWITNESSED, 0)
    settings.ANCHOR_S3_URL = "http://127.0.0.1:1/anchors"
    with httpx.Client() as client, pytest.raises(Undelivered, match="cannot be reached"):
        Bucket.configured().put("wsp_1", 1, b"", client, at=THEN)


def test_a_wrong_key_is_refused_by_the_bucket(store: Store, settings: Settings) -> None:
    settings.ANCHOR_S3_SECRET_KEY = "another"
    with httpx.Client() as client, pytest.raises(Undelivered, match="answered 403"):
        Bucket.configured().put("wsp_1", 1, b"", client, at=THEN)


def test_a_name_that_is_a_path_is_refused(store: Store) -> None:
    with httpx.Client() as client, pytest.raises(ValueError, match="is no id of a log"):
        Bucket.configured().put("../other", 1, b"", client, at=THEN)
