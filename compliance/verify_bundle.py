#!/usr/bin/env python3
"""Checks an evidence bundle of Countersign without Countersign. Needs Python 3.9 or newer and nothing else.

    python3 verify_bundle.py BUNDLE [--vkey KEY] [--policy FILE] [--anchor CHECKPOINT]... [--json]

BUNDLE is the ZIP file or the folder that was unpacked from it. KEY is the log's verifier key, or a file that holds it.
Exit: 0 verified and witnessed, 10 verified but unwitnessed, 20 incomplete, 30 diverged from an anchor, 40 invalid.

Formats: RFC 9162 (tree and proofs), RFC 8032 (Ed25519), RFC 8785 (canonical JSON), RFC 9901 (disclosures), and of C2SP
signed-note, tlog-checkpoint, tlog-tiles, tlog-proof, tlog-cosignature and tlog-policy.
"""

from __future__ import annotations

import argparse
import json
import sys
import zipfile
import zlib
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from decimal import Decimal
from hashlib import sha256, sha512
from pathlib import Path
from typing import IO, Any, NamedTuple

FORMAT = "countersign-bundle/1"
INCOMPLETE, DIVERGED, INVALID = 20, 30, 40
VERDICTS = {0: "verified and witnessed", 10: "verified but unwitnessed", INCOMPLETE: "incomplete"}
VERDICTS |= {DIVERGED: "diverged from an anchor", INVALID: "invalid"}
ED25519, COSIGNATURE = 1, 4  # signature types of C2SP signed-note
WIDTH = 256  # hashes in a full tile
DAMAGE = (ValueError, LookupError, TypeError, AttributeError, RecursionError, EOFError, zipfile.BadZipFile, zlib.error)
Key = tuple[str, bytes, int, bytes]  # name, id, type of signature, public half
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # of Ed25519
D = -121665 * pow(121666, -1, P) % P


class Wrong(Exception):
    """Something does not hold. `code` is the exit code, `index` the place in the log where it has one."""

    def __init__(self, says: str, code: int = INVALID, index: int | None = None) -> None:
        super().__init__(says)
        self.code, self.index = code, index


def _add(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """The sum of two points in extended coordinates X, Y, Z, T."""
    m, n = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    t, z = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    return ((n - m) * (z - t) % P, (z + t) * (n + m) % P, (z - t) * (z + t) % P, (n - m) * (n + m) % P)


def _point(data: bytes) -> tuple[int, ...]:
    sign, y = divmod(int.from_bytes(data, "little"), 2**255)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if len(data) != 32 or y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("no point of the curve")
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) of `message` was made with the private half of `key` (32 bytes)."""
    near, public, s = _point(signature[:32]), _point(key), int.from_bytes(signature[32:], "little")
    k = int.from_bytes(sha512(signature[:32] + key + message).digest(), "little") % ORDER
    left, right, base = _point(b"\1" + bytes(31)), near, _point(bytes([0x58] + [0x66] * 31))
    for bit in range(253):
        left = _add(left, base) if s >> bit & 1 else left
        right = _add(right, public) if k >> bit & 1 else right
        base, public = _add(base, base), _add(public, public)
    fits = [(left[i] * right[2] - right[i] * left[2]) % P for i in (0, 1)]
    return fits == [0, 0] and len(signature) == 64 and s < ORDER


def canonical(value: Any) -> str:
    if isinstance(value, float):
        # ECMAScript's text of a number, out of the same shortest digits that Python finds.
        number = Decimal(repr(value)).normalize()
        power = number.adjusted()
        plain = f"{abs(number) if number == 0 else number:f}"
        return plain if number == 0 or -7 < power < 21 else f"{number.scaleb(-power):f}e{power:+d}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: str(name).encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(str(name))}:{canonical(value[name])}" for name in names) + "}"
    return json.dumps(value, ensure_ascii=False)


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


class Tree:
    """A tree that only grows, kept as the roots of its full subtrees, widest first."""

    def __init__(self) -> None:
        self.size, self.stack = 0, list[tuple[int, bytes]]()

    def add(self, node: bytes, width: int = 1) -> None:
        self.size += width
        while self.stack and self.stack[-1][0] == width:
            node, width = node_hash(self.stack.pop()[1], node), 2 * width
        self.stack.append((width, node))

    def root(self) -> bytes:
        out = self.stack[-1][1] if self.stack else sha256().digest()
        for _, node in self.stack[-2::-1]:
            out = node_hash(node, out)
        return out


def climbed(node: bytes, m: int, n: int, proof: list[bytes], of_leaf: bool, known: bool = True) -> tuple[bytes, bytes]:
    """The roots of m and of n entries to which a proof leads: of inclusion from `node`, the leaf of index m - 1, or of
    consistency from `node`, the known root of m. The last hash of a proof stands highest.
    """
    if m == n and (n == 1 or not of_leaf):
        [node] = proof + [node] * known
        return node, node
    half = 1 << (n - 1).bit_length() - 1
    if m <= half:
        root, whole = climbed(node, m, half, proof[:-1], of_leaf, known)
        return root, node_hash(whole, proof[-1])
    root, whole = climbed(node, m - half, n - half, proof[:-1], of_leaf, of_leaf)
    return node_hash(proof[-1], root), node_hash(proof[-1], whole)


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: bytes
    body: bytes
    signatures: list[list[str]]


def key_of(vkey: str) -> Key:
    name, hexed, encoded = vkey.split("+", 2)
    raw = b64decode(encoded, validate=True)
    if bytes.fromhex(hexed) != sha256(name.encode() + b"\n" + raw).digest()[:4] or len(raw) != 33:
        raise ValueError(f"{vkey} is not a verifier key")
    return name, bytes.fromhex(hexed), raw[0], raw[1:]


def checkpoint_of(data: bytes) -> Checkpoint:
    body, gap, tail = data.decode().rpartition("\n\n")
    origin, size, root = body.split("\n")[:3]
    lines = tail.split("\n")
    if not gap or lines.pop() or not all(line.startswith("\u2014 ") for line in lines) or f"{int(size):d}" != size:
        raise ValueError("not a signed checkpoint")
    signatures = [line[2:].split(" ") for line in lines]
    return Checkpoint(origin, int(size), b64decode(root, validate=True), (body + "\n").encode(), signatures)


def signs(key: Key, checkpoint: Checkpoint) -> bool:
    """Whether the key signed the checkpoint. Wrong where a signature of that key does not fit."""
    for name, encoded in checkpoint.signatures:
        field = b64decode(encoded, validate=True)
        if (name, field[:4]) == key[:2]:
            message, signature = checkpoint.body, field[4:]
            if key[2] == COSIGNATURE:
                time = int.from_bytes(signature[:8], "big")
                message, signature = b"cosignature/v1\ntime %d\n" % time + message, signature[8:]
            if key[2] not in (ED25519, COSIGNATURE) or not is_signed(key[3], message, signature):
                raise Wrong(f"The signature of {name} under the checkpoint of size {checkpoint.size} is wrong.")
            return True
    return False


def quorum(policy: str, heads: list[Checkpoint]) -> tuple[bool, list[str]]:
    """Whether as many have cosigned one of the heads as the tlog-policy asks for, and which of its witnesses did."""
    met, signers, wanted = {"none": False}, [], "none"
    for words in (line.split("#", 1)[0].split() for line in policy.splitlines()):
        if words[:1] == ["witness"]:
            met[words[1]] = sum(signs(key_of(words[2]), head) for head in heads) > 0
            signers += [words[1]] * met[words[1]]
        elif words[:1] == ["group"]:
            least = {"any": 1, "all": len(words[3:])}.get(words[2]) or int(words[2])
            met[words[1]] = sum(met[name] for name in words[3:]) >= least
        elif words[:1] == ["quorum"]:
            wanted = words[1]
    return met[wanted], signers


def tile_path(level: int | str, number: int, width: int) -> str:
    path = f"{number % 1000:03d}" + (f".p/{width}" if width < WIDTH else "")
    while number := number // 1000:
        path = f"x{number % 1000:03d}/{path}"
    return f"tile/{level}/{path}"


class Check:
    """Looks at every file once; `found` says what does not hold, `counts` how much was held against what."""

    def __init__(self, path: Path) -> None:
        self.folder, self.zip = path, None if path.is_dir() else zipfile.ZipFile(path)
        inside = [p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()]
        self.names = set(self.zip.namelist() if self.zip else inside)
        self.counts = dict.fromkeys(("leaves", "entries", "disclosures", "erased", "receipts"), 0)
        self.heads: dict[int, list[tuple[str, bytes, int]]] = {}
        self.receipts: dict[int, list[tuple[str, Checkpoint, list[bytes]]]] = {}
        self.found, self.manifest = list[dict[str, Any]](), dict[str, Any]()
        self.keys, self.witnesses = list[Key](), list[str]()

    def attempt(self, where: str, step: Callable[..., Any], *given: Any) -> Any:
        try:
            return step(*given)
        except Wrong as wrong:
            self.found.append({"code": wrong.code, "index": wrong.index, "says": str(wrong)})
        except DAMAGE as error:
            self.found.append({"code": INVALID, "index": None, "says": f"{where} is damaged: {error!r}."})

    def open(self, name: str) -> IO[bytes]:
        if name not in self.names:
            raise Wrong(f"{name} is missing.", INCOMPLETE)
        return self.zip.open(name) if self.zip else (self.folder / name).open("rb")

    def read(self, name: str) -> bytes:
        with self.open(name) as file:
            return file.read()

    def unchanged(self, name: str, expected: str | None) -> None:
        digest = sha256()
        with self.open(name) as file:
            for piece in iter(lambda: file.read(1 << 20), b""):
                digest.update(piece)
        if digest.hexdigest() != expected:
            raise Wrong(f"{name} is not the file that SHA256SUMS lists.")

    def hashes(self, level: int, number: int, size: int) -> list[bytes]:
        """One tile of the tree of this size."""
        width = min(WIDTH, (size >> 8 * level) - number * WIDTH)
        data = self.read(path := tile_path(level, number, width))
        if len(data) != 32 * width:
            raise Wrong(f"{path} has {len(data)} bytes instead of {32 * width}.", index=number << 8 * (level + 1))
        return [data[at : at + 32] for at in range(0, len(data), 32)]

    def entries(self, number: int, size: int) -> dict[int, bytes]:
        """What the bundle holds of the entries under one tile, by index: all of them, single ones or none."""
        first, width = number * WIDTH, min(WIDTH, size - number * WIDTH)
        if (path := tile_path("entries", number, width)) not in self.names:
            there = (i for i in range(first, first + width) if f"entries/{i}.json" in self.names)
            return {index: self.read(f"entries/{index}.json") for index in there}
        data, at, found = self.read(path), 0, {}
        for index in range(first, first + width):
            end = at + 2 + int.from_bytes(data[at : at + 2], "big")
            found[index], at = data[at + 2 : end], end
        if at != len(data):
            raise Wrong(f"{path} is cut off, or too long.", index=first)
        return found

    def head(self, name: str, data: bytes, code: int = INVALID) -> Checkpoint:
        """A checkpoint that the log signed. It is held against the tree when the tree has grown to its size."""
        checkpoint = checkpoint_of(data)
        if not sum(key[0] == checkpoint.origin and key[2] == ED25519 and signs(key, checkpoint) for key in self.keys):
            raise Wrong(f"{name} is not signed with the log's key.")
        self.heads.setdefault(checkpoint.size, []).append((name, checkpoint.root, code))
        return checkpoint

    def receipt(self, name: str) -> None:
        head, _, note = self.read(name).partition(b"\n\n")
        first, *lines = [line for line in head.decode().split("\n") if not line.startswith("extra ")]
        if first != "c2sp.org/tlog-proof@v1" or not lines[0].startswith("index "):
            raise Wrong(f"{name} is not a tlog-proof.")
        proof = [b64decode(line, validate=True) for line in lines[1:]]
        self.receipts.setdefault(int(lines[0][6:]), []).append((name, self.head(name, note), proof))

    def walk(self, first: int, last: int) -> None:
        """Builds the tree out of the tiles, from the nodes of the start on, and compares all that lies on the way."""
        tree, is_there = Tree(), "disclosures.jsonl" in self.names
        openings = map(json.loads, self.open("disclosures.jsonl") if is_there else ())
        for level in reversed(range((first.bit_length() + 7) // 8)):
            count = (first >> 8 * level) % WIDTH
            for node in self.hashes(level, first >> 8 * (level + 1), last)[:count] if count else []:
                tree.add(node, WIDTH**level)
        self.reached(tree)
        told = next(openings, None)
        for number in range(first // WIDTH, -(-last // WIDTH)):
            leaves, entries, whole = self.hashes(0, number, last), self.entries(number, last), Tree()
            for index, leaf in enumerate(leaves, number * WIDTH):
                whole.add(leaf)
                if index < first:
                    continue
                event = self.attempt(f"Entry {index}", self.entry, index, leaf, entries.get(index))
                while told and told["index"] <= index:
                    self.attempt(f"A disclosure of entry {index}", self.disclosed, index, event, told)
                    told = next(openings, None)
                for receipt in self.receipts.pop(index, ()):
                    self.attempt(receipt[0], self.leads, index, leaf, *receipt)
                tree.add(leaf)
                self.reached(tree)
            if len(leaves) == WIDTH and self.hashes(1, number >> 8, last)[number % WIDTH] != whole.root():
                bad = [found["index"] for found in self.found if (found["index"] or 0) >= number * WIDTH]
                place = min(bad, default=number * WIDTH)
                raise Wrong(f"{tile_path(0, number, WIDTH)} does not fit the tile above it.", index=place)
        if told or self.receipts or any(code == DIVERGED for heads in self.heads.values() for *_, code in heads):
            raise Wrong("A disclosure, a receipt or an anchor is of an entry outside the range.", INCOMPLETE)

    def reached(self, tree: Tree) -> None:
        for name, root, code in self.heads.pop(tree.size, ()):
            if root != tree.root():
                raise Wrong(f"{name} is signed for another tree of {tree.size} entries than the one in here.", code)

    def entry(self, index: int, leaf: bytes, data: bytes | None) -> dict[str, Any] | None:
        self.counts["leaves"] += 1
        if data is None:
            if not self.manifest["asked"]:
                raise Wrong(f"Entry {index} is missing.", INCOMPLETE, index)
            return None
        self.counts["entries"] += 1
        if sha256(b"\0" + data).digest() != leaf:
            raise Wrong(f"Entry {index} is not the one that was logged.", index=index)
        event: dict[str, Any] = json.loads(data)
        if canonical(event).encode() != data:
            raise Wrong(f"Entry {index} is not canonical JSON.", index=index)
        return event

    def disclosed(self, index: int, event: dict[str, Any] | None, told: dict[str, Any]) -> None:
        if told["index"] < index or event is None:
            raise Wrong(f"A disclosure of entry {told['index']} has no entry, or is out of order.", index=told["index"])
        kept, erased = event["disclosures"][told["n"]], told.get("erased") is True
        array = b"" if erased else canonical([told["salt"], told["name"], told["value"]]).encode()
        made = urlsafe_b64encode(sha256(urlsafe_b64encode(array).rstrip(b"=")).digest()).rstrip(b"=").decode()
        if event["id"] != told["event"] or (not erased and (made != kept or len(told["salt"]) < 22)):
            raise Wrong(f"A disclosure of entry {index} is not what the event commits to.", index=index)
        self.counts["erased" if erased else "disclosures"] += 1

    def leads(self, index: int, leaf: bytes, name: str, checkpoint: Checkpoint, proof: list[bytes]) -> None:
        if climbed(leaf, index + 1, checkpoint.size, proof, True)[1] != checkpoint.root:
            raise Wrong(f"{name} does not lead from entry {index} to its checkpoint.", index=index)
        self.counts["receipts"] += 1

    def later(self, name: str, end: Checkpoint) -> Checkpoint:
        """A checkpoint that was cosigned later, of a tree that grew from the one in here."""
        head = self.head(name, self.read(name))
        proof = [b64decode(each) for each in json.loads(self.read(name.replace(".checkpoint", ".json")))["proof"]]
        if head.size < end.size or climbed(end.root, end.size, head.size, proof, False) != (end.root, head.root):
            raise Wrong(f"{name} is signed for a tree that did not grow from the one in here.", DIVERGED)
        return head

    def run(self, vkey: str, policy: str, anchors: list[Path]) -> bool:
        """The whole check; whether enough witnesses cosigned. "" takes the bundle's own key, or its own policy."""
        listed = {line[66:]: line[:64] for line in self.read("SHA256SUMS").decode().splitlines()}
        for name in sorted((self.names | set(listed)) - {"SHA256SUMS"}):
            self.attempt(name, self.unchanged, name, listed.get(name))
        self.manifest = json.loads(self.read("manifest.json"))
        if self.manifest["format"] != FORMAT:
            raise Wrong(f"This script reads {FORMAT}; the bundle is of format {self.manifest['format']}.")
        first, last = self.manifest["range"]["from"], self.manifest["range"]["to"]
        self.keys = [key_of(line) for line in (vkey or self.read("vkey").decode()).split()]
        for name in sorted(name for name in self.names if name.startswith("proofs/")):
            self.attempt(name, self.receipt, name)
        for path in anchors:
            self.attempt(str(path), self.head, str(path), path.read_bytes(), DIVERGED)
        end = None
        for name, size in (("checkpoint-start", first), ("checkpoint-end", last)):
            if size or name in self.names:
                end = self.head(name, self.read(name))
                if end.size != size:
                    raise Wrong(f"{name} is of size {end.size}, and manifest.json says {size}.")
        self.attempt("The tree", self.walk, first, last)
        names = sorted(name for name in self.names if name.startswith("witnessed/") and name.endswith(".checkpoint"))
        heads = [head for name in names if end and (head := self.attempt(name, self.later, name, end))]
        met, self.witnesses = quorum(policy or self.read("policy").decode(), [end, *heads] if end else [])
        return met


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks an evidence bundle of Countersign.")
    parser.add_argument("bundle", type=Path, help="the ZIP file, or the folder that was unpacked from it")
    parser.add_argument("--vkey", default="", help="the log's verifier key, or a file that holds it")
    parser.add_argument("--policy", type=Path, help="a tlog-policy: whose cosignatures you trust")
    parser.add_argument("--anchor", type=Path, action="append", default=[], help="a checkpoint that you kept")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    try:
        vkey = Path(asked.vkey).read_text("utf-8") if asked.vkey and Path(asked.vkey).is_file() else asked.vkey
        policy, check = asked.policy.read_text("utf-8") if asked.policy else "", Check(asked.bundle)
    except (OSError, zipfile.BadZipFile) as error:
        parser.error(f"{error}")
    met = check.attempt("The bundle", check.run, vkey, policy, asked.anchor)
    code = max([found["code"] for found in check.found], default=0 if met else 10)
    bad = [found["index"] for found in check.found if found["code"] == INVALID and found["index"] is not None]
    told = {"exit": code, "verdict": VERDICTS[code], "first_bad_index": min(bad, default=None), "counts": check.counts}
    told |= {"range": check.manifest.get("range"), "witnesses": check.witnesses, "found": check.found}
    told |= {"own_key": not vkey, "own_policy": not policy}
    says = [found["says"] for found in check.found]
    says += [f"Checked: {count} {name}." for name, count in check.counts.items()]
    says += [f"Cosigned by {', '.join(check.witnesses) or 'no known witness'}."]
    says += ["The key is the bundle's own: compare it with the one you were given."] * (not vkey)
    says += ["The policy is the bundle's own: it names the witnesses whom the operator trusts."] * (not policy)
    sys.stdout.write((json.dumps(told) if asked.json else "\n".join([*says, f"Verdict: {told['verdict']}."])) + "\n")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
