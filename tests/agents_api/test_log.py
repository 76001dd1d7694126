"""A stranger fetches the log over HTTP and checks it with nothing but the formats."""

import gzip
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts import services as accounts
from audit import merkle, services, tiles
from audit.actor import OPERATOR
from audit.merkle import leaf_hash
from audit.models import Event
from audit.note import Checkpoint as Head
from audit.note import Key, Note, opened
from audit.proofs import Receipt
from audit.tiles import Tile
from audit.trust import Policy
from tests.agents_api.calling import Api
from tests.audit.cosigning import cosign
from tests.audit.logging_events import KEY, NEXT_KEY, keep, keeper, write
from tests.cast import Stage


@pytest.fixture
def key(stage: Stage) -> str:
    scopes = ["audit:read"]
    issued = accounts.issue_key(actor=OPERATOR, at=stage.at, workspace_id=stage.id, name="audit", scopes=scopes)
    return issued.token


def fetch(stage: Stage, what: str, key: str = "", **headers: str) -> Any:
    bearer = {"Authorization": f"Bearer {key}"} if key else {}
    return Client().get(f"/log/{stage.id}/{what}", headers={**bearer, **headers})


def keys_of(stage: Stage, key: str) -> list[Key]:
    return [Key.parse(line) for line in fetch(stage, "vkey", key).content.decode().splitlines()]


def head_of(stage: Stage, key: str) -> Head:
    note, _ = opened(fetch(stage, "checkpoint", key).content, keys_of(stage, key))
    return Head.parse(note.text)


def test_checkpoint_keys_and_policy_agree(stage: Stage, key: str, tmp_path: Path) -> None:
    keep(keeper(tmp_path), stage.at)
    answer = fetch(stage, "checkpoint", key)
    assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == (
        "text/plain; charset=utf-8", "private, max-age=2",
    )  # fmt: skip
    head = head_of(stage, key)
    assert head.origin == f"127.0.0.1:8000/log/{stage.id}"
    assert head.size == Event.objects.filter(workspace_id=stage.id).count()
    policy = Policy.parse(fetch(stage, "policy", key).content.decode())
    note, _ = opened(answer.content, policy.keys)
    assert policy.accepts(note) == (head, True)


def test_the_tiles_hold_the_tree_and_the_bundles_its_entries(stage: Stage, key: str, tmp_path: Path) -> None:
    write(stage.at, 300, stage.id)
    keep(keeper(tmp_path), stage.at)
    head = head_of(stage, key)

    def get(tile: Tile) -> list[bytes]:
        answer = fetch(stage, tile.path, key)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/octet-stream")
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        return tiles.split(answer.content)

    read = tiles.reading(head.size, get)
    assert merkle.subtree(0, head.size, read) == head.root
    entries = []
    for tile in (tile for tile in tiles.of_tree(head.size) if tile.level == 0):
        bundle = fetch(stage, tiles.bundle_of(tile).path, key)
        found = tiles.unbundle(bundle.content)
        assert [leaf_hash(entry) for entry in found] == get(tile)
        entries += found
    assert [orjson.loads(entry)["log"] for entry in entries] == [stage.id] * head.size
    known = {bytes(body) for body in Event.objects.filter(workspace_id=stage.id).values_list("body", flat=True)}
    assert set(entries) == known


def test_bundles_are_zipped_for_those_who_can_read_that(stage: Stage, key: str, tmp_path: Path) -> None:
    keep(keeper(tmp_path), stage.at)
    path = Tile(None, 0, 20).path
    plain, zipped = fetch(stage, path, key), fetch(stage, path, key, **{"Accept-Encoding": "gzip, br"})
    assert (zipped.headers["Content-Encoding"], zipped.headers["Vary"], plain.headers["Vary"]) == (
        "gzip", "Accept-Encoding", "Accept-Encoding",
    )  # fmt: skip
    assert gzip.decompress(zipped.content) == plain.content


@pytest.mark.parametrize(
    "what",
    ["tile/0/000", "tile/0/000.p/255", "tile/1/000.p/1", "tile/entries/000", "tile/0/001", "tile/0/0", "tile/0/000.p/0",
     "tile/0/x000/000", "tile/64/000", "nothing", "tile/", ""],
)  # fmt: skip
def test_what_no_signed_tree_has_is_not_there(stage: Stage, key: str, tmp_path: Path, what: str) -> None:
    keep(keeper(tmp_path), stage.at)
    assert head_of(stage, key).size < 255
    assert (fetch(stage, what, key).status_code, fetch(stage, "tile/0/000.p/9", key).status_code) == (404, 200)


def test_what_is_not_signed_yet_is_not_given_out(stage: Stage, key: str, tmp_path: Path) -> None:
    keep(keeper(tmp_path), stage.at)
    size = head_of(stage, key).size
    write(stage.at, 1, stage.id)
    assert fetch(stage, f"tile/0/000.p/{size}", key).status_code == 200
    assert fetch(stage, f"tile/0/000.p/{size + 1}", key).status_code == 404


def test_a_log_that_is_not_begun_is_not_there(stage: Stage, key: str) -> None:
    assert {fetch(stage, what, key).status_code for what in ("checkpoint", "vkey", "policy", "tile/0/000")} == {404}


def test_a_workspace_opens_its_log_to_everybody_and_closes_it_again(stage: Stage, key: str, tmp_path: Path) -> None:
    keep(keeper(tmp_path), stage.at)
    assert fetch(stage, "checkpoint").status_code == 401
    given: dict[str, Any] = {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id}
    assert (services.open_log(**given), services.open_log(**given)) == (True, False)
    answer = fetch(stage, "checkpoint")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=2")
    assert (services.close_log(**given), services.close_log(**given)) == (True, False)
    assert fetch(stage, "checkpoint").status_code == 401
    kinds = Event.objects.filter(kind__in=["log:opened", "log:closed"]).order_by("recorded_at")
    assert list(kinds.values_list("kind", flat=True)) == ["log:opened", "log:closed"]


def test_people_who_see_evidence_read_the_log_and_others_do_not(stage: Stage, tmp_path: Path) -> None:
    keep(keeper(tmp_path), stage.at)
    seen = {name: fetch(stage, "checkpoint", stage.tokens[name]).status_code for name in stage.tokens}
    assert {name for name, status in seen.items() if status == 200} == {"dana", "eve"} & set(seen)
    assert set(seen.values()) == {200, 403}


def test_a_changed_key_is_in_the_files(stage: Stage, key: str, tmp_path: Path) -> None:
    keep(keeper(tmp_path), stage.at)
    keep(keeper(tmp_path, NEXT_KEY, KEY), stage.at)
    assert len(keys_of(stage, key)) == 2
    keep(keeper(tmp_path, NEXT_KEY), stage.at)
    [newest] = keys_of(stage, key)
    policy = Policy.parse(fetch(stage, "policy", key).content.decode())
    assert (len(policy.logs), list(policy.logs)[1]) == (2, newest)


def test_otto_keeps_a_receipt_of_what_happened_to_its_action(stage: Stage, key: str, tmp_path: Path) -> None:
    view = stage.submit()
    event_id = Event.objects.filter(action_id=view.id).values_list("id", flat=True)[0]
    otto = Api(stage.keys["otto"])
    told = otto.get(f"/audit/events/{event_id}").json
    entry = bytes(Event.objects.get(pk=event_id).body)
    assert told == {
        "id": event_id, "state": "recorded", "log": None, "origin": None, "index": None, "leaf_hash": None,
        "checkpoint_size": None, "entry": entry.decode(),
    }  # fmt: skip
    early = otto.get(f"/audit/events/{event_id}/proof")
    assert (early.status, early.problem.code, early.headers["Retry-After"]) == (409, "not_published", "1")
    keep(keeper(tmp_path), stage.at)
    told = otto.get(f"/audit/events/{event_id}").json
    assert (told["state"], told["log"], told["leaf_hash"]) == ("published", stage.id, leaf_hash(entry).hex())
    answer = otto.get(f"/audit/events/{event_id}/proof")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{event_id}.tlog-proof"'
    receipt = Receipt.parse(answer.body)
    head, _ = receipt.check(told["entry"].encode(), keys_of(stage, key))
    assert (receipt.index, head.size) == (told["index"], told["checkpoint_size"])


def test_an_old_receipt_holds_when_the_log_has_grown_and_its_key_has_changed(
    stage: Stage, key: str, tmp_path: Path
) -> None:
    view = stage.submit()
    keep(keeper(tmp_path), stage.at)
    event_id = Event.objects.filter(action_id=view.id).values_list("id", flat=True)[0]
    receipt = Receipt.parse(Api(key).get(f"/audit/events/{event_id}/proof").body)
    write(stage.at, 300, stage.id)
    keep(keeper(tmp_path, NEXT_KEY, KEY), stage.at)
    keep(keeper(tmp_path, NEXT_KEY), stage.at)
    policy = Policy.parse(fetch(stage, "policy", key).content.decode())
    receipt.check(bytes(Event.objects.get(pk=event_id).body), policy.keys)


def test_events_are_for_those_who_may(stage: Stage, key: str, tmp_path: Path) -> None:
    view = stage.submit()
    of_otto = Event.objects.filter(action_id=view.id).values_list("id", flat=True)[0]
    of_nobody = Event.objects.filter(workspace_id=stage.id, action_id="").values_list("id", flat=True)[0]
    askers = {"otto": stage.keys["otto"], "key": key, **{name: stage.tokens[name] for name in stage.tokens}}
    seen = {
        name: tuple(Api(token).get(f"/audit/events/{event_id}").status for event_id in (of_otto, of_nobody))
        for name, token in askers.items()
    }
    assert (seen["otto"], seen["key"]) == ((200, 404), (200, 200))
    assert {name for name, status in seen.items() if status == (200, 200)} == {"key"} | ({"dana", "eve"} & set(seen))
    assert Api(key).get("/audit/events/evt_nothing").status == 404


def test_the_checkpoint_bears_the_cosignatures_that_it_has(
    stage: Stage, key: str, tmp_path: Path, settings: Settings
) -> None:
    """What a witness signed is given out with the checkpoint; what a quorum signed last has an address of its own."""
    pulse = keeper(tmp_path)
    keep(pulse, stage.at)
    plain = fetch(stage, "checkpoint", key).content
    assert fetch(stage, "witnessed", key).status_code == 404
    cosigned = cosign(stage.id, stage.at, tmp_path, settings)
    assert cosigned.startswith(plain)
    assert [fetch(stage, what, key).content for what in ("checkpoint", "witnessed")] == [cosigned, cosigned]
    policy = Policy.parse(fetch(stage, "policy", key).content.decode())
    assert policy.accepts(Note.parse(cosigned)) == (head_of(stage, key), True)
    stage.submit()
    keep(pulse, stage.at)
    assert policy.accepts(Note.parse(fetch(stage, "checkpoint", key).content))[1] is False
    assert fetch(stage, "witnessed", key).content == cosigned
    assert fetch(stage, "witnessed").status_code == 401
