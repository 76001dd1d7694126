"""The evidence bundle: what an auditor needs to check a part of the log without this server, in one deterministic ZIP.

Entries come whole, in the tiles of the log itself. Where the bundle is narrowed, only the entries that match are in it,
and all others stay as hashes, so that it can be seen that none is left out.
"""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import orjson

from audit import keys, merkle, tiles, trees
from audit.canonical import plain, stamp
from audit.models import Disclosure
from audit.proofs import Receipt
from audit.tiles import WIDTH, Tile
from compliance import csv, entries, pdf
from compliance.archive import Archive
from compliance.evidence import Evidence, Logged
from compliance.filters import Filter
from compliance.reports import REPORTS, Asked, Report

FORMAT = "countersign-bundle/1"
RECEIPTS_MAX = 1000
# Each entry that is picked out is a file of its own.
PICKED_MAX = 50_000
SCRIPT = Path(__file__).with_name("verify_bundle.py")
GUIDE = Path(__file__).with_name("VERIFY.md")

Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """`asked` ends at the moment of the order where nothing else is said. `step` is told how far it is."""

    asked: Asked
    workspace: str
    made_for: str
    with_values: bool
    step: Callable[[int, int], None]

    @property
    def wanted(self) -> Filter:
        return self.asked.wanted


class TooMany(ValueError):
    """More entries match than can be picked out one by one. Narrow it further, or take the whole log of a period."""


@dataclass(slots=True)
class Picked:
    """What went into the bundle: how many entries, and of a narrowed one which, as (place, event id)."""

    count: int = 0
    places: list[tuple[int, str]] = field(default_factory=list)


def write(out: BinaryIO, evidence: Evidence, order: Order) -> int:
    """How many entries are in it. Raises Damaged, TooMany, and whatever `step` raises."""
    total = evidence.last - evidence.begins + len(REPORTS) * WIDTH
    with Archive(out) as archive:
        picked = _leaves(archive, evidence, order, total)
        _upper_tiles(archive, evidence)
        _ends(archive, evidence)
        if order.with_values:
            _disclosures(archive, evidence, order, picked, total)
        _receipts(archive, evidence, picked)
        _reports(archive, order, total)
        archive.write("VERIFY.md", GUIDE.read_bytes())
        archive.write("verify_bundle.py", SCRIPT.read_bytes())
        archive.write("manifest.json", _manifest(archive, evidence, order, picked))
    order.step(total, total)
    return picked.count


def _leaves(archive: Archive, evidence: Evidence, order: Order, total: int) -> Picked:
    """Level 0, and the entries under it."""
    picked, agents = Picked(), entries.named_agents(order.asked.workspace_id)
    for chunk in evidence.chunks():
        for rows in chunk:
            tile = Tile(0, rows[0].index // WIDTH, len(rows))
            archive.write(tile.path, tiles.join(row.leaf for row in rows), packed=False)
            if order.wanted.is_narrow:
                _pick(archive, evidence, rows, order.wanted, agents, picked)
            else:
                archive.write(tiles.bundle_of(tile).path, tiles.bundle(row.body for row in rows))
                picked.count += sum(row.index >= evidence.first for row in rows)
        order.step(chunk[-1][-1].index + 1 - evidence.begins, total)
    return picked


def _pick(
    archive: Archive, evidence: Evidence, rows: Sequence[Logged], wanted: Filter, agents: dict[str, str], picked: Picked
) -> None:
    inside = [(row.event_id, row.body, row.recorded_at, row.action_id) for row in rows if row.index >= evidence.first]
    places = {row.event_id: row.index for row in rows}
    for entry in entries.matching(inside, wanted, agents):
        if picked.count == PICKED_MAX:
            raise TooMany(f"More than {PICKED_MAX:,} entries match. Narrow it further, or leave out all but the times.")
        picked.count += 1
        picked.places.append((places[entry.id], entry.id))
        archive.write(f"entries/{places[entry.id]}.json", entry.body)


def _upper_tiles(archive: Archive, evidence: Evidence) -> None:
    """The tiles above the leaves, from the one that holds the end of what lies before the range."""
    fetch, level = trees.fetching(evidence.log.id), 1
    while count := evidence.last >> tiles.HEIGHT * level:
        for index in range(evidence.first >> tiles.HEIGHT * (level + 1), -(-count // WIDTH)):
            tile = Tile(level, index, min(WIDTH, count - index * WIDTH))
            archive.write(tile.path, tiles.join(fetch(tile)), packed=False)
        level += 1


def _ends(archive: Archive, evidence: Evidence) -> None:
    if evidence.start is not None:
        archive.write("checkpoint-start", evidence.start)
    archive.write("checkpoint-end", evidence.end)
    archive.write("consistency.json", _grown(evidence, evidence.first, evidence.last))
    for size, note in evidence.later.items():
        archive.write(f"witnessed/{size}.checkpoint", note)
        archive.write(f"witnessed/{size}.json", _grown(evidence, evidence.last, size))
    archive.write("vkey", evidence.vkeys.encode())
    archive.write("policy", evidence.policy.encode())


def _grown(evidence: Evidence, old: int, new: int) -> bytes:
    """The consistency proof between two trees of the log, as JSON."""
    hash_at = trees.reading(evidence.log.id, new)
    proof = [b64encode(each).decode() for each in merkle.consistency(old, new, hash_at)]
    return plain({"from": old, "to": new, "proof": proof}) + b"\n"


def _disclosures(archive: Archive, evidence: Evidence, order: Order, picked: Picked, total: int) -> None:
    """The values behind the entries that are in the bundle, in the order of the log; what is erased is named so."""
    with archive.file("disclosures.jsonl") as out:
        for places in _chosen(evidence, order, picked):
            for line in _openings(places):
                out.write(line)
            order.step(total, total)


def _chosen(evidence: Evidence, order: Order, picked: Picked) -> Iterator[list[tuple[int, str, int, str]]]:
    """(place, event id, how many commitments, action id) of the entries that are in the bundle."""
    wanted = dict(picked.places)
    for chunk in evidence.chunks():
        rows = [row for tile in chunk for row in tile if row.index >= evidence.first]
        if order.wanted.is_narrow:
            rows = [row for row in rows if row.index in wanted]
        yield [(row.index, row.event_id, len(orjson.loads(row.body)["disclosures"]), row.action_id) for row in rows]


def _openings(places: Sequence[tuple[int, str, int, str]]) -> Iterator[bytes]:
    keys.fetch(action_id for *_, action_id in places if action_id)
    found = Disclosure.objects.filter(event_id__in=[event_id for _, event_id, made, _ in places if made])
    kept = {
        (event_id, n): (name, bytes(salt), bytes(value))
        for event_id, n, name, salt, value in found.values_list("event_id", "n", "name", "salt", "value")
    }
    for index, event_id, made, _ in places:
        for n in range(made):
            head = b'{"event":' + plain(event_id) + b',"index":' + plain(index) + b',"n":' + plain(n)
            if (event_id, n) not in kept:
                yield head + b',"erased":true}\n'
                continue
            name, salt, value = kept[event_id, n]
            drawn = urlsafe_b64encode(salt).rstrip(b"=").decode()
            yield head + b',"name":' + plain(name) + b',"salt":' + plain(drawn) + b',"value":' + value + b"}\n"


def _receipts(archive: Archive, evidence: Evidence, picked: Picked) -> None:
    """One receipt for each entry that was picked out; the tiles prove those beyond RECEIPTS_MAX alike."""
    hash_at = trees.reading(evidence.log.id, evidence.last)
    for index, event_id in picked.places[:RECEIPTS_MAX]:
        way = tuple(merkle.inclusion(index, evidence.last, hash_at))
        archive.write(f"proofs/{event_id}.tlog-proof", bytes(Receipt(index, way, evidence.end)))


def _reports(archive: Archive, order: Order, total: int) -> None:
    """Each report as CSV, and what of them goes on paper."""
    printed = []
    for n, report in enumerate(REPORTS.values()):
        done = total - (len(REPORTS) - n) * WIDTH
        asked = _as_taken(report, replace(order.asked, tick=_keeps(order, done, total)))
        with archive.file(f"csv/{report.name}.csv") as out:
            table = csv.Writer(out, report.columns)
            kept = pdf.Collector(report)
            for row in report.rows(asked):
                table.write(row)
                kept.see(row)
            table.close()
        printed.append(kept.printed)
    pages = BytesIO()
    pdf.write(pages, order.workspace, order.made_for, order.wanted, order.asked.at, printed)
    archive.write("report.pdf", pages.getvalue())


def _keeps(order: Order, done: int, total: int) -> Callable[[], None]:
    return lambda: order.step(done, total)


def _as_taken(report: Report, asked: Asked) -> Asked:
    """Narrowed by what the report can be narrowed by."""
    tree = {name: getattr(asked.wanted, name) for name in asked.wanted.tree if name in report.takes}
    return replace(asked, wanted=Filter(**tree))


def _manifest(archive: Archive, evidence: Evidence, order: Order, picked: Picked) -> bytes:
    wanted = order.wanted.tree
    manifest = {
        "format": FORMAT,
        "workspace": order.asked.workspace_id,
        "origin": evidence.log.origin,
        "range": {"from": evidence.first, "to": evidence.last},
        "made_at": stamp(order.asked.at),
        # Only what leaves entries out; a time never does.
        "asked": {name: value for name, value in wanted.items() if name not in {"since", "until"}},
        "window": {name: wanted.get(name) for name in ("since", "until")},
        "entries": picked.count,
        "files": [{"path": one.path, "sha256": one.sha256, "bytes": one.bytes} for one in archive.listed],
    }
    return plain(manifest) + b"\n"
