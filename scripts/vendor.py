"""Copies what scripts/vendor/package-lock.json pins (browser libraries, fonts) into static/vendor, with a manifest.

    python scripts/vendor.py            installs with npm into a temporary folder and copies
    python scripts/vendor.py --check    the same, but only compares with what is there; ends with 1 on a difference

manifest.json: `{file: {"package", "version", "licence", "sha384"}}`, the hash in base64 as browsers take it.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

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


def install(folder: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINNED / name, folder / name)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)


def tidy(text: bytes) -> bytes:
    """Without the mention of a source map: none is served, so browsers would only ask for it."""
    return text.split(b"\n//# sourceMappingURL=")[0].rstrip() + b"\n"


def collect(folder: Path) -> dict[str, bytes]:
    """The content of each file in static/vendor, manifest included."""
    content, manifest = {}, {}
    for name, (package, path) in FILES.items():
        home = folder / "node_modules" / package
        about = json.loads((home / "package.json").read_text())
        raw = (home / path).read_bytes()
        content[name] = raw if name.endswith(".ttf") else tidy(raw)
        manifest[name] = {
            "package": package,
            "version": about["version"],
            "licence": LICENCES.get(package, about["license"]),
            "sha384": base64.b64encode(hashlib.sha384(content[name]).digest()).decode(),
        }
    content["manifest.json"] = (json.dumps(manifest, indent=2) + "\n").encode()
    return content


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
