"""An evidence bundle made by hand out of the log's own pure modules, and the script that is to judge it."""

import json
import shutil
import subprocess
import sys
import zipfile
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import canonical, merkle, note, proofs, tiles

SCRIPT = Path(__file__).resolve().parents[2] / "compliance" / "verify_bundle.py"
ORIGIN = "sign.example/log/demo"
SALT = b"sixteen bytes of"
AT = 1_790_000_000


def signer(name: str, seed: int) -> note.Signer:
    return note.Signer(name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


LOG, WITNESS, STRANGER = signer(ORIGIN, 1), signer("witness.example/w1", 2), signer(ORIGIN, 3)
WATCHED = (
    f"log {LOG.key().vkey}\n"
    f"witness w1 {WITNESS.key(note.COSIGNATURE).vkey}\n"
    f"witness w2 {signer('witness.example/w2', 4).key(note.COSIGNATURE).vkey}\n"
    "group one any w1 w2\nquorum one\n"
)


def values(index: int) -> list[tuple[str, Any]]:
    return [("comment", f"Grüße № {index} \U0001f600"), ("args", {"amount": index + 0.5, "é": [1e21, 1e-7, -0.0, 100]})]


def event(index: int, word: str = "decided") -> bytes:
    digests = [canonical.disclose(SALT, name, value) for name, value in values(index)]
    tree = {"id": f"evt_{index:06}", "kind": f"action:{word}", "log": "ws_demo", "disclosures": digests, "action": None}
    return canonical.event_bytes({**tree, "data": {"n": index, "note": 'a "quoted" \\ line\n'}})


@dataclass
class Bundle:
    """The files of a bundle. `seal` writes the sums over whatever they hold by then."""

    entries: list[bytes]
    first: int
    files: dict[str, bytes] = field(default_factory=dict)

    def root(self, size: int) -> bytes:
        return merkle.root([merkle.leaf_hash(entry) for entry in self.entries[:size]])

    def checkpoint(self, size: int, *, by: note.Signer = LOG, cosigned: bool = False) -> bytes:
        signed = note.signed(note.Checkpoint(ORIGIN, size, self.root(size)).text, [by])
        if cosigned:
            signed = note.Note(signed.text, (*signed.signatures, WITNESS.cosign(signed.text, AT)))
        return bytes(signed)

    def receipt(self, index: int, size: int) -> bytes:
        hash_at = merkle.reading([merkle.leaf_hash(entry) for entry in self.entries])
        return bytes(proofs.Receipt(index, tuple(merkle.inclusion(index, size, hash_at)), self.checkpoint(size)))

    def openings(self, index: int) -> list[dict[str, Any]]:
        told = [{"index": index, "event": f"evt_{index:06}", "n": n} for n in range(2)]
        salt = urlsafe_b64encode(SALT).rstrip(b"=").decode()
        return [
            {**line, "salt": salt, "name": name, "value": value}
            for line, (name, value) in zip(told, values(index), strict=True)
        ]

    def change(self, **manifest: Any) -> None:
        self.files["manifest.json"] = rfc8785.dumps({**json.loads(self.files["manifest.json"]), **manifest})

    def write(self, folder: Path) -> Path:
        """Writes the files with SHA256SUMS over them, so that only what the sums cannot know is left to find."""
        sums = "".join(f"{sha256(data).hexdigest()}  {name}\n" for name, data in sorted(self.files.items()))
        for name, data in {**self.files, "SHA256SUMS": sums.encode()}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return folder


def bundle(size: int = 600, first: int = 0, *, cosigned: bool = True, policy: str = WATCHED) -> Bundle:
    """Entries [first, size) whole, with the tiles that lead there from `first`."""
    made = Bundle([event(index) for index in range(size)], first)
    leaves = [merkle.leaf_hash(entry) for entry in made.entries]
    hash_at = merkle.reading(leaves)
    files = made.files
    level = 0
    while size >> 8 * level:
        count = size >> 8 * level
        for index in range(first >> 8 * (level + 1), -(-count // tiles.WIDTH)):
            tile = tiles.Tile(level, index, min(tiles.WIDTH, count - index * tiles.WIDTH))
            files[tile.path] = tiles.join(hash_at(8 * level, tile.first + n) for n in range(tile.width))
            if level == 0:
                files[tiles.bundle_of(tile).path] = tiles.bundle(made.entries[tile.first : tile.first + tile.width])
        level += 1
    if first:
        files["checkpoint-start"] = made.checkpoint(first)
    files["checkpoint-end"] = made.checkpoint(size, cosigned=cosigned)
    grown = [b64encode(each).decode() for each in merkle.consistency(first, size, hash_at)]
    files["consistency.json"] = json.dumps({"from": first, "to": size, "proof": grown}).encode()
    files["vkey"], files["policy"] = f"{LOG.key().vkey}\n".encode(), policy.encode()
    files["manifest.json"] = b'{"asked":{},"format":"countersign-bundle/1","workspace":"demo"}'
    made.change(range={"from": first, "to": size}, files=[])
    return made


def disclose(made: Bundle, *indexes: int) -> None:
    lines = [json.dumps(line, ensure_ascii=False) for index in indexes for line in made.openings(index)]
    made.files["disclosures.jsonl"] = "".join(f"{line}\n" for line in lines).encode()


def zipped(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name in sorted(folder.rglob("*")):
            if name.is_file():
                file.write(name, name.relative_to(folder).as_posix())
    return path


def judge(path: Path, *arguments: str) -> dict[str, Any]:
    """What the script says of it, alone in a folder of its own, without site packages and without our environment."""
    alone = path.parent / f"{path.stem}-judge"
    alone.mkdir(exist_ok=True)
    shutil.copy(SCRIPT, alone)
    command = [sys.executable, "-I", "-S", SCRIPT.name, str(path), "--json", *arguments]
    done = subprocess.run(command, cwd=alone, env={}, capture_output=True, text=True, check=False, timeout=120)
    told: dict[str, Any] = json.loads(done.stdout or f'{{"stderr": {json.dumps(done.stderr)}}}')
    assert told.get("exit", done.returncode) == done.returncode
    return told


def verdict(path: Path, *arguments: str) -> tuple[int, int | None]:
    told = judge(path, *arguments)
    return told["exit"], told["first_bad_index"]
