"""Runs a command, shows its output and puts it into a document: record.py FILE COMMAND…

The newest run stands first, under the date, the command, the commit and the machine (no host name).
"""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path


def machine() -> str:
    """Processor, cores, memory, system and Python, as far as the system tells."""
    model = platform.processor() or platform.machine()
    cpuinfo, meminfo = Path("/proc/cpuinfo"), Path("/proc/meminfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    memory = f", {int(meminfo.read_text().split()[1]) // 1024**2} GiB" if meminfo.exists() else ""
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{model}, {os.cpu_count()} cores{memory}, {system}"


def commit() -> str:
    done = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def run(command: list[str]) -> tuple[int, str]:
    """Exit code and output; the output is shown while it comes."""
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            lines.append(line)
    return process.returncode, "".join(lines)


def entered(before: str, entry: str) -> str:
    """The document with the entry above all earlier ones and below its introduction."""
    introduction, mark, earlier = before.partition("\n## ")
    return f"{introduction.rstrip()}\n\n{entry}" + (f"\n## {earlier}" if mark else "")


def main(file: Path, command: list[str]) -> int:
    at = datetime.now(UTC)
    code, output = run(command)
    seconds = (datetime.now(UTC) - at).seconds
    shown = " ".join(part if " " not in part else f'"{part}"' for part in command)
    entry = (
        f"## {at:%Y-%m-%d %H:%M} UTC\n\n`{shown}` ended with {code} after {seconds} s, at {commit()}.\n"
        f"{machine()}.\n\n```\n{output.rstrip()}\n```\n"
    )
    file.write_text(entered(file.read_text() if file.exists() else f"# {file.stem.capitalize()}\n", entry))
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
