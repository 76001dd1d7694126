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
    # What only builds is pinned as well, and of what others draw in some is never used; neither is served.
    served = {name: entry for name, entry in LOCK["packages"].items() if name and not entry.get("dev")}
    pinned = {name.removeprefix("node_modules/"): entry["version"] for name, entry in served.items()}
    lists = [entry.get("packages") or {entry["package"]: entry["version"]} for entry in MANIFEST.values()]
    told = {name: version for packages in lists for name, version in packages.items()}
    assert told == {name: pinned[name] for name in told}
    assert set(LOCK["packages"][""]["dependencies"]) <= set(told)


def test_each_library_comes_with_its_licence() -> None:
    assert {entry["licence"] for entry in MANIFEST.values()} == {
        "BSD-0-Clause",
        "MIT",
        "Bitstream-Vera AND LicenseRef-Public-Domain",
    }
    whole = {name: entry["package"] for name, entry in MANIFEST.items() if "package" in entry}
    assert {package for name, package in whole.items() if name.endswith(".LICENSE")} == set(whole.values()) | {
        "@kurkle/color"
    }
    words = (VENDOR / "editor.LICENSE").read_text()
    assert [name for name in MANIFEST["editor.min.js"]["packages"] if f"{name}\n\n" not in words] == []


def test_the_lock_names_no_address() -> None:
    assert [name for name, entry in LOCK["packages"].items() if "resolved" in entry] == []
