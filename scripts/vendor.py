"""Copies the browser libraries that scripts/vendor/package-lock.json pins into static/vendor, with a manifest.

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
    "chart.min.js": ("chart.js", "dist/chart.umd.min.js"),
    "chart.LICENSE": ("chart.js", "LICENSE.md"),
    "color.LICENSE": ("@kurkle/color", "LICENSE.md"),
}


def install(folder: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINNED / name, folder / name)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)


def collect(folder: Path) -> dict[str, bytes]:
    """The content of each file in static/vendor, manifest included."""
    content, manifest = {}, {}
    for name, (package, path) in FILES.items():
        home = folder / "node_modules" / package
        about = json.loads((home / "package.json").read_text())
        raw = (home / path).read_bytes()
        # A source map is not served, so its mention would only make browsers ask for it.
        content[name] = raw.split(b"\n//# sourceMappingURL=")[0].rstrip() + b"\n"
        manifest[name] = {
            "package": package,
            "version": about["version"],
            "licence": about["license"],
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
