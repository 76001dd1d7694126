"""A version becomes files: streamed, hashed as they are written, and every row that is not there named with its reason.

The same version gives the same bytes, so nothing of the moment or the place stands in them.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from audit.canonical import canonical
from feedback.export import card, croissant, examples, parquet
from feedback.export.form import REASONS, Format, LeftOut, Row
from feedback.queries import DatasetView, ItemView, VersionView

SKIPPED, CARD, SUMMARY = "skipped.jsonl", "README.md", "export.json"
Told = Callable[[int], None]
READ = 1 << 16


@dataclass(frozen=True, slots=True)
class Exported:
    """`files` are name to SHA-256; `skipped` counts by reason."""

    format: str
    rows: int
    skipped: dict[str, int]
    files: dict[str, str]


@dataclass(slots=True)
class _Rows:
    """The rows of the items, one by one; what is left out goes into `skipped.jsonl` meanwhile."""

    form: Format
    items: Iterator[ItemView]
    out: Any
    told: Told
    read: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    def __iter__(self) -> Iterator[Row]:
        for item in self.items:
            self.read += 1
            try:
                yield from self.form.make(item)
            except LeftOut as left:
                self.skipped[left.reason] += 1
                said = {"example": item.external_id, "n": item.n, "reason": left.reason, "why": REASONS[left.reason]}
                self.out.write(orjson.dumps(said) + b"\n")
            if self.read % 500 == 0:
                self.told(self.read)


def write(
    form: Format,
    items: Iterator[ItemView],
    folder: Path,
    *,
    dataset: DatasetView,
    version: VersionView,
    told: Told = lambda read: None,
) -> Exported:
    """Writes the file of the format, `skipped.jsonl`, the card and `export.json` into `folder`, which is made.

    Raises parquet.NoParquet.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / SKIPPED).open("wb") as out:
        found = _Rows(form, items, out, told)
        count = _written(form, folder / form.file, iter(found))
    for name, text in form.beside.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / CARD).write_text(card.markdown(dataset, version), encoding="utf-8")
    names = [form.file, SKIPPED, CARD, *form.beside]
    if form is examples.FORMAT:
        described = croissant.document(dataset, version, file_sha256=hashed(folder / form.file))
        (folder / croissant.FILE).write_bytes(orjson.dumps(described, option=orjson.OPT_INDENT_2) + b"\n")
        names.append(croissant.FILE)
    files = {name: hashed(folder / name) for name in sorted(names)}
    skipped = dict(sorted(found.skipped.items()))
    summary = {
        "format": form.name,
        "dataset": dataset.name,
        "version": version.n,
        "manifest_sha256": version.manifest_sha256,
        "rows": count,
        "skipped": skipped,
        "files": files,
    }
    (folder / SUMMARY).write_bytes(orjson.dumps(summary, option=orjson.OPT_INDENT_2) + b"\n")
    return Exported(form.name, count, skipped, files)


def hashed(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(READ):
            digest.update(block)
    return digest.hexdigest()


def _written(form: Format, path: Path, rows: Iterator[Row]) -> int:
    if form is parquet.FORMAT:
        return parquet.write(path, rows)
    count = 0
    with path.open("wb") as out:
        for row in rows:
            if form.is_array:
                out.write(b"[\n" if not count else b",\n")
            out.write(_line(form, row))
            count += 1
        if form.is_array:
            out.write(b"\n]\n" if count else b"[]\n")
    return count


def _line(form: Format, row: Row) -> bytes:
    if form is examples.FORMAT:
        return canonical(row) + b"\n"
    return orjson.dumps(row) + (b"" if form.is_array else b"\n")
