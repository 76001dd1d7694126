"""Copies what scripts/vendor/package-lock.json pins (browser libraries, fonts) into static/vendor, with a manifest.

    python scripts/vendor.py            installs with npm into a temporary folder and copies
    python scripts/vendor.py --check    the same, but only compares with what is there; ends with 1 on a difference

manifest.json: `{file: {"package", "version", "licence", "sha384"}}`, the hash in base64 as browsers take it. A file
that esbuild made of several packages has `packages`, each with its version, instead of one package and version.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PINNED = ROOT / "scripts" / "vendor"
TARGET = ROOT / "static" / "vendor"

# What to copy: our name, the package, and the path inside it.
FILES = {
    "htmx.min.js": ("htmx.org", "dist/htmx.min.js"),
    "hx-csp.min.js": ("htmx.org", "dist/ext/hx-csp.min.js"),
    "htmx.LICENSE": ("htmx.org", "LICENSE"),
    "DejaVuSansCondensed.ttf": ("dejavu-fonts-ttf", "ttf/DejaVuSansCondensed.ttf"),
    "DejaVuSansCondensed-Bold.ttf": ("dejavu-fonts-ttf", "ttf/DejaVuSansCondensed-Bold.ttf"),
    "DejaVu.LICENSE": ("dejavu-fonts-ttf", "LICENSE"),
    "chart.min.js": ("chart.js", "dist/chart.umd.min.js"),
    "chart.LICENSE": ("chart.js", "LICENSE.md"),
    "color.LICENSE": ("@kurkle/color", "LICENSE.md"),
}
# Where the package's own word for its licence is not one that SPDX lists.
LICENCES = {"dejavu-fonts-ttf": "Bitstream-Vera AND LicenseRef-Public-Domain"}
# What to bundle: our name, the entry beside the lock file, and the name of the licences' file.
BUNDLES = {"editor.min.js": ("editor.js", "editor.LICENSE")}


def install(folder: Path) -> None:
    entries = [entry for entry, _ in BUNDLES.values()]
    for name in ("package.json", "package-lock.json", *entries):
        shutil.copy(PINNED / name, folder / name)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)


def tidy(text: bytes) -> bytes:
    """Without the mention of a source map: none is served, so browsers would only ask for it."""
    return text.split(b"\n//# sourceMappingURL=")[0].rstrip() + b"\n"


def collect(folder: Path) -> dict[str, bytes]:
    """The content of each file in static/vendor, manifest included."""
    content: dict[str, bytes] = {}
    manifest: dict[str, dict[str, Any]] = {}
    for name, (package, path) in FILES.items():
        home = folder / "node_modules" / package
        raw = (home / path).read_bytes()
        content[name] = raw if name.endswith(".ttf") else tidy(raw)
        manifest[name] = {
            "package": package,
            "version": about(folder, package)["version"],
            "licence": LICENCES.get(package, about(folder, package)["license"]),
            "sha384": sha384(content[name]),
        }
    for name, (entry, licences) in BUNDLES.items():
        made = bundle(folder, entry)
        packages = bundled(folder, made)
        content[name] = (folder / "bundled.js").read_bytes()
        content[licences] = "\n\n".join(licence_of(folder, package) for package in packages).encode() + b"\n"
        for file in (name, licences):
            manifest[file] = {
                "packages": packages,
                "licence": " AND ".join(sorted({about(folder, package)["license"] for package in packages})),
                "sha384": sha384(content[file]),
            }
    content["manifest.json"] = (json.dumps(manifest, indent=2) + "\n").encode()
    return content


def bundle(folder: Path, entry: str) -> list[str]:
    """Writes `bundled.js`, one minified module without a source map; the files that went in, from the folder."""
    options = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=none", "--charset=ascii"]
    outputs = ["--outfile=bundled.js", "--metafile=meta.json", "--log-level=warning"]
    subprocess.run(["node_modules/.bin/esbuild", entry, *options, *outputs], cwd=folder, check=True)
    return list(json.loads((folder / "meta.json").read_text())["inputs"])


def bundled(folder: Path, files: list[str]) -> dict[str, str]:
    """The packages of these files, with their versions."""
    found = (re.match(r"node_modules/((?:@[^/]+/)?[^/]+)/", file) for file in files)
    names = {match[1] for match in found if match}
    return {name: about(folder, name)["version"] for name in sorted(names)}


def about(folder: Path, package: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "node_modules" / package / "package.json").read_text())
    return found


def licence_of(folder: Path, package: str) -> str:
    text = (folder / "node_modules" / package / "LICENSE").read_text().strip()
    return f"{package}\n\n{text}"


def sha384(raw: bytes) -> str:
    return base64.b64encode(hashlib.sha384(raw).digest()).decode()


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        install(Path(name))
        content = collect(Path(name))
    if "--check" in sys.argv[1:]:
        present = {path.name: path.read_bytes() for path in TARGET.iterdir()}
        return 0 if present == content else 1
    TARGET.mkdir(exist_ok=True)
    for name, raw in content.items():
        (TARGET / name).write_bytes(raw)
    return 0


if __name__ == "__main__":
    sys.exit(main())
