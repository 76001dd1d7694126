"""The script that auditors run: what it accepts, and what it says about every kind of tampering."""

import json
import struct
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from audit import merkle, tiles
from tests.compliance import evidence
from tests.compliance.evidence import Bundle, bundle, disclose, judge, verdict

Tamper = Callable[[Bundle], None]


@pytest.mark.parametrize(
    ("size", "first"),
    [(1, 0), (2, 1), (255, 0), (256, 0), (257, 256), (600, 0), (600, 300), (600, 512), (513, 511), (1100, 1024)],
)
def test_a_whole_bundle_is_verified_and_witnessed(tmp_path: Path, size: int, first: int) -> None:
    made = bundle(size, first)
    disclose(made, first, size - 1) if size - 1 > first else disclose(made, first)
    made.files["proofs/evt.tlog-proof"] = made.receipt(first, size)
    opened = 2 if size - 1 == first else 4
    told = judge(made.write(tmp_path / "b"))
    assert told["found"] == []
    assert (told["exit"], told["verdict"], told["witnesses"]) == (0, "verified and witnessed", ["w1"])
    counted = {"leaves": size - first, "entries": size - first, "disclosures": opened, "erased": 0, "receipts": 1}
    assert told["counts"] == counted


def test_a_zip_is_read_as_it_is(tmp_path: Path) -> None:
    assert verdict(evidence.zipped(bundle().write(tmp_path / "b"))) == (0, None)


def test_beyond_a_tile_of_tiles_it_starts_in_the_middle(tmp_path: Path) -> None:
    assert verdict(bundle(65_800, 65_700).write(tmp_path / "b")) == (0, None)


def test_without_the_witnesses_that_the_policy_asks_for_it_says_so(tmp_path: Path) -> None:
    assert verdict(bundle(cosigned=False).write(tmp_path / "b")) == (10, None)


def test_a_policy_that_asks_for_nobody_makes_nothing_witnessed(tmp_path: Path) -> None:
    assert verdict(bundle(policy="quorum none\n").write(tmp_path / "b")) == (10, None)


def test_the_auditors_policy_counts_and_not_the_bundles(tmp_path: Path) -> None:
    folder = bundle(policy="quorum none\n").write(tmp_path / "b")
    mine = tmp_path / "policy"
    mine.write_text(evidence.WATCHED.replace("any w1", "all w1"))
    assert verdict(folder, "--policy", str(mine)) == (10, None)
    mine.write_text(evidence.WATCHED)
    assert verdict(folder, "--policy", str(mine)) == (0, None)


def test_the_auditors_key_counts_and_not_the_bundles(tmp_path: Path) -> None:
    folder = bundle().write(tmp_path / "b")
    assert verdict(folder, "--vkey", evidence.LOG.key().vkey) == (0, None)
    assert verdict(folder, "--vkey", evidence.STRANGER.key().vkey) == (40, None)


def test_a_filtered_bundle_proves_the_rest_by_its_hashes(tmp_path: Path) -> None:
    made = bundle(600, 300)
    for path in [path for path in made.files if path.startswith("tile/entries/")]:
        del made.files[path]
    made.change(asked={"kind": "action:decided"})
    made.files["entries/400.json"] = made.entries[400]
    disclose(made, 400)
    told = judge(made.write(tmp_path / "b"))
    counted = {"leaves": 300, "entries": 1, "disclosures": 2, "erased": 0, "receipts": 0}
    assert (told["exit"], told["counts"], told["found"]) == (0, counted, [])


def test_what_was_erased_is_counted_and_still_verifies(tmp_path: Path) -> None:
    made = bundle(10)
    made.files["disclosures.jsonl"] = b'{"index":3,"event":"evt_000003","n":1,"erased":true}\n'
    told = judge(made.write(tmp_path / "b"))
    assert (told["exit"], told["counts"]["erased"], told["counts"]["disclosures"]) == (0, 1, 0)


def rewrite(made: Bundle, index: int, *, leaf: bool) -> None:
    """The entry becomes another one; with `leaf`, so does its hash in the tile."""
    made.entries[index] = evidence.event(index, "rejected")
    number = index // 256
    width = min(256, len(made.entries) - 256 * number)
    tile = tiles.Tile(0, number, width)
    entries = made.entries[tile.first : tile.first + width]
    made.files[tiles.bundle_of(tile).path] = tiles.bundle(entries)
    if leaf:
        made.files[tile.path] = tiles.join(map(merkle.leaf_hash, entries))


def flip(name: str, at: int) -> Tamper:
    def tamper(made: Bundle) -> None:
        data = bytearray(made.files[name])
        data[at] ^= 1
        made.files[name] = bytes(data)

    return tamper


def drop(name: str) -> Tamper:
    def tamper(made: Bundle) -> None:
        del made.files[name]

    return tamper


def opening(**change: object) -> Tamper:
    def tamper(made: Bundle) -> None:
        lines = [{**line, **change} for line in made.openings(5)[:1]]
        made.files["disclosures.jsonl"] = "".join(json.dumps(line) + "\n" for line in lines).encode()

    return tamper


def not_canonical(made: Bundle) -> None:
    made.entries[7] = b" " + made.entries[7]
    made.files = bundle_of(made.entries)


def bundle_of(entries: list[bytes]) -> dict[str, bytes]:
    """A log that really holds these entries, signed by the log's own key."""
    made = bundle(len(entries))
    made.entries = entries
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    for number in range(-(-len(entries) // 256)):
        tile = tiles.Tile(0, number, min(256, len(entries) - 256 * number))
        made.files[tile.path] = tiles.join(leaves[tile.first : tile.first + tile.width])
        made.files[tiles.bundle_of(tile).path] = tiles.bundle(entries[tile.first : tile.first + tile.width])
    full = [merkle.root(leaves[n : n + 256]) for n in range(0, len(leaves) - 255, 256)]
    made.files[f"tile/1/000.p/{len(full)}"] = tiles.join(full)
    made.files["checkpoint-end"] = made.checkpoint(len(entries), cosigned=True)
    return made.files


@pytest.mark.parametrize(
    ("tamper", "code", "index"),
    [
        (lambda made: rewrite(made, 300, leaf=False), 40, 300),
        (lambda made: rewrite(made, 300, leaf=True), 40, 256),
        (lambda made: rewrite(made, 599, leaf=True), 40, None),
        (flip("tile/0/001", 32 * 4), 40, 260),
        (flip("tile/1/000.p/2", 40), 40, 256),
        (flip("tile/entries/000", 2), 40, 0),
        (flip("tile/entries/000", 1), 40, 0),
        (flip("checkpoint-end", 30), 40, None),
        (flip("checkpoint-end", -20), 40, None),
        (drop("tile/0/001"), 20, None),
        (drop("tile/entries/001"), 20, None),
        (drop("checkpoint-end"), 20, None),
        (drop("vkey"), 20, None),
        (drop("manifest.json"), 20, None),
        (not_canonical, 40, 7),
        (opening(value="another text"), 40, 5),
        (opening(salt="AAAA"), 40, 5),
        (opening(n=7), 40, None),
        (opening(event="evt_000006"), 40, 5),
        (opening(index=700), 20, None),
        (lambda made: made.change(range={"from": 0, "to": 599}), 40, None),
        (lambda made: made.change(format="countersign-bundle/9"), 40, None),
    ],
)
def test_tampering_is_named_with_its_place(tmp_path: Path, tamper: Tamper, code: int, index: int | None) -> None:
    made = bundle()
    tamper(made)
    told = judge(made.write(tmp_path / "b"))
    assert (told["exit"], told["first_bad_index"]) == (code, index), told["found"]
    assert told["found"] != []


def test_a_start_that_the_end_did_not_grow_from_is_found(tmp_path: Path) -> None:
    made = bundle(600, 300)
    twin = Bundle([evidence.event(index, "rejected") for index in range(300)], 0)
    made.files["checkpoint-start"] = twin.checkpoint(300)
    assert verdict(made.write(tmp_path / "b")) == (40, None)


def test_a_file_that_changed_after_packing_is_named(tmp_path: Path) -> None:
    folder = bundle().write(tmp_path / "b")
    (folder / "report.pdf").write_bytes(b"%PDF")
    (folder / "policy").write_text("quorum none\n")
    told = judge(folder)
    assert [found["says"].split()[0] for found in told["found"]] == ["policy", "report.pdf"]
    assert told["exit"] == 40


def test_a_receipt_that_leads_elsewhere_is_found(tmp_path: Path) -> None:
    made = bundle()
    made.files["proofs/a.tlog-proof"] = made.receipt(7, 500).replace(b"index 7\n", b"index 8\n")
    assert verdict(made.write(tmp_path / "b")) == (40, 8)


def test_a_receipt_over_a_forked_log_is_found(tmp_path: Path) -> None:
    made = bundle()
    fork = Bundle([*made.entries[:400], evidence.event(400, "rejected"), *made.entries[401:]], 0)
    made.files["proofs/a.tlog-proof"] = fork.receipt(7, 500)
    assert verdict(made.write(tmp_path / "b"))[0] == 40


def test_a_checkpoint_that_the_auditor_kept_agrees_or_not(tmp_path: Path) -> None:
    made = bundle()
    folder, kept = made.write(tmp_path / "b"), tmp_path / "kept"
    kept.write_bytes(made.checkpoint(450))
    assert verdict(folder, "--anchor", str(kept)) == (0, None)
    made.entries[20] = evidence.event(20, "rejected")
    kept.write_bytes(made.checkpoint(450))
    assert verdict(folder, "--anchor", str(kept)) == (30, None)


def test_an_anchor_of_which_the_bundle_tells_nothing_is_no_proof(tmp_path: Path) -> None:
    folder, kept = bundle(600, 300).write(tmp_path / "b"), tmp_path / "kept"
    for size, code in ((299, 20), (300, 0), (601, 20)):
        kept.write_bytes(Bundle([evidence.event(index) for index in range(601)], 0).checkpoint(size))
        assert verdict(folder, "--anchor", str(kept)) == (code, None)


def later(made: Bundle, size: int, *, entries: list[bytes] | None = None) -> None:
    """A witness cosigned the log when it had grown to `size`."""
    grew = Bundle(entries or [*made.entries, *(evidence.event(n) for n in range(len(made.entries), size))], 0)
    hash_at = merkle.reading([merkle.leaf_hash(entry) for entry in grew.entries])
    proof = [b64encode(each).decode() for each in merkle.consistency(len(made.entries), size, hash_at)]
    made.files[f"witnessed/{size}.checkpoint"] = grew.checkpoint(size, cosigned=True)
    made.files[f"witnessed/{size}.json"] = json.dumps({"proof": proof}).encode()


@pytest.mark.parametrize("size", [600, 601, 768, 1024])
def test_what_was_witnessed_later_covers_what_was_there_before(tmp_path: Path, size: int) -> None:
    made = bundle(600, 300, cosigned=False)
    later(made, size)
    told = judge(made.write(tmp_path / "b"))
    assert (told["exit"], told["witnesses"], told["found"]) == (0, ["w1"], [])


def test_a_later_checkpoint_of_another_history_diverges(tmp_path: Path) -> None:
    made = bundle(600, cosigned=False)
    other = [*made.entries[:20], evidence.event(20, "rejected"), *made.entries[21:], evidence.event(600)]
    later(made, 601, entries=other)
    told = judge(made.write(tmp_path / "b"))
    says = "witnessed/601.checkpoint is signed for a tree that did not grow from the one in here."
    assert (told["exit"], [found["says"] for found in told["found"]]) == (30, [says])


def test_an_earlier_cosignature_does_not_cover_what_came_after(tmp_path: Path) -> None:
    made = bundle(600, cosigned=False)
    made.files["witnessed/500.checkpoint"] = made.checkpoint(500, cosigned=True)
    made.files["witnessed/500.json"] = b'{"proof":[]}'
    assert judge(made.write(tmp_path / "b"))["exit"] == 30


def test_it_says_whose_policy_it_used(tmp_path: Path) -> None:
    folder, mine = bundle().write(tmp_path / "b"), tmp_path / "policy"
    mine.write_text(evidence.WATCHED)
    assert [judge(folder, *given)["own_policy"] for given in ([], ["--policy", str(mine)])] == [True, False]


def test_a_false_cosignature_is_no_absence(tmp_path: Path) -> None:
    made = bundle()
    other = evidence.signer("witness.example/w1", 2).cosign("another text\n", evidence.AT).line.encode()
    made.files["checkpoint-end"] = made.checkpoint(600) + other
    assert verdict(made.write(tmp_path / "b")) == (40, None)


def test_a_broken_zip_is_a_fault_of_the_call(tmp_path: Path) -> None:
    broken = tmp_path / "b.zip"
    broken.write_bytes(struct.pack("<I", 0x04034B50) + b"nonsense")
    assert "zip" in judge(broken)["stderr"]


def test_it_speaks_plainly(tmp_path: Path) -> None:
    made = bundle(10)
    rewrite(made, 4, leaf=False)
    command = [sys.executable, "-I", "-S", str(evidence.SCRIPT), str(made.write(tmp_path / "b"))]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (40, "")
    assert said.stdout.splitlines() == [
        "Entry 4 is not the one that was logged.",
        "Checked: 10 leaves.",
        "Checked: 10 entries.",
        "Checked: 0 disclosures.",
        "Checked: 0 erased.",
        "Checked: 0 receipts.",
        "Cosigned by w1.",
        "The key is the bundle's own: compare it with the one you were given.",
        "The policy is the bundle's own: it names the witnesses whom the operator trusts.",
        "Verdict: invalid.",
    ]
