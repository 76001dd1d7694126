"""What was copied into static/vendor is what its manifest says, and what the lock file pins."""

import base64
import hashlib
import json

from tests.architecture.source import ROOT

VENDOR = ROOT / "static" / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text())
LOCK = json.loads((ROOT / "scripts" / "vendor" / "package-lock.json").read_text())


def test_every_file_is_in_the_manifest_with_its_hash() -> None:
    present = {path.name: path.read_bytes() for path in VENDOR.iterdir() if path.name != "manifest.json"}
    hashes = {name: base64.b64encode(hashlib.sha384(raw).digest()).decode() for name, raw in present.items()}
    assert hashes == {name: entry["sha384"] for name, entry in MANIFEST.items()}


def test_the_versions_are_the_pinned_ones() -> None:
    pinned = {name.removeprefix("node_modules/"): entry["version"] for name, entry in LOCK["packages"].items() if name}
    assert {entry["package"]: entry["version"] for entry in MANIFEST.values()} == pinned


def test_each_library_comes_with_its_licence() -> None:
    assert {entry["licence"] for entry in MANIFEST.values()} == {
        "BSD-0-Clause",
        "MIT",
        "Bitstream-Vera AND LicenseRef-Public-Domain",
    }
    licences = {entry["package"] for name, entry in MANIFEST.items() if name.endswith(".LICENSE")}
    assert licences == {entry["package"] for entry in MANIFEST.values()}


def test_the_lock_names_no_address() -> None:
    assert [name for name, entry in LOCK["packages"].items() if "resolved" in entry] == []
