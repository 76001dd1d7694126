"""What docker-compose.yml starts, started by hand with the same commands: each part apart, on PostgreSQL and Redis."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench import _instance
from countersign import Countersign

pytestmark = [pytest.mark.process, pytest.mark.postgres, pytest.mark.redis]

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((_instance.ROOT / "docker-compose.yml").read_text())["services"]
PORTS = {"web": "8000", "api": "8001"}
SEED = "from bench import _seed; _seed.main()"
# Docker kills what has not stopped by then; where the file names no other time, it is this.
STOP_SECONDS = "10s"
# `${NAME:-default}`, as compose reads it.
_DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")


@dataclass(slots=True)
class Machine:
    """The parts of one machine. `keys` are otto's key and Ada's token."""

    folder: Path
    environment: dict[str, str]
    urls: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    parts: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def prepare(self) -> None:
        """The one-shot `migrate`, then a workspace."""
        self.run(*(word.replace("$$", "$") for word in SERVICES["migrate"]["command"]))
        told = self.run("python", "manage.py", "shell", "--no-imports", "-c", SEED)
        self.keys = json.loads(told)

    def run(self, *command: str) -> str:
        done = subprocess.run(
            command,
            cwd=_instance.ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=120,
        )
        return done.stdout

    def start(self, name: str) -> None:
        """With the command of the file, where nobody set a variable; only address and port are this machine's."""
        port = str(_instance.free_port())
        command = [_DEFAULT.sub(r"\1", word).replace("0.0.0.0", "127.0.0.1") for word in SERVICES[name]["command"]]
        if name in PORTS:
            command = [word.replace(PORTS[name], port) for word in command]
        self.urls[name] = f"http://127.0.0.1:{port}"
        with (self.folder / f"{name}.log").open("ab") as log:
            self.parts[name] = subprocess.Popen(
                command, cwd=_instance.ROOT, env=self.environment, stdout=log, stderr=log
            )

    def client(self, part: str, who: str) -> Countersign:
        return Countersign(self.urls[part], self.keys[who], journal=self.folder / "journal.jsonl")

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with _instance.database(os.environ["DATABASE_URL"], "compose_test") as url:
        environment = _instance.environment(tmp_path, DATABASE_URL=url, COUNTERSIGN_DEBUG="0")
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        made = Machine(tmp_path, environment)
        made.prepare()
        try:
            yield made
        finally:
            for process in made.parts.values():
                if process.poll() is None:
                    process.kill()
                process.wait()


def until_it_answers(machine: Machine, part: str, path: str) -> None:
    ends = time.monotonic() + 60
    while not _instance.answers(machine.urls[part] + path):
        assert time.monotonic() < ends, machine.log(part)
        assert machine.parts[part].poll() is None, machine.log(part)
        time.sleep(0.1)


def test_the_parts_work_together_and_stop_in_time(machine: Machine) -> None:
    for name in ("web", "api", "worker", "bulk", "pulse"):
        machine.start(name)
    until_it_answers(machine, "web", "/readyz")
    until_it_answers(machine, "api", "/healthz")
    with machine.client("api", "otto") as asking, machine.client("web", "otto") as waiting:
        action = asking.submit("billing.refund", {"customer_id": "cus_1", "amount_usd": 80, "currency": "EUR"})
        with ThreadPoolExecutor(1) as parked, machine.client("api", "ada") as ada:
            woken = parked.submit(lambda: (waiting.get(action.id).wait(timeout=30).decided_at, time.monotonic()))
            time.sleep(1.5)
            pressed = time.monotonic()
            ada.review(
                ada.get(action.id), "approve", args={"customer_id": "cus_1", "amount_usd": 60, "currency": "EUR"}
            )
            _, at = woken.result()
        assert at - pressed < 1
        assert asking.resume(action.id).execute(lambda **args: args) == {
            "customer_id": "cus_1",
            "amount_usd": 60,
            "currency": "EUR",
        }
    assert labels(machine, action.id) == 1
    for process in machine.parts.values():
        process.terminate()
    began = time.monotonic()
    codes = {
        name: process.wait(began + stop_seconds(name) - time.monotonic()) for name, process in machine.parts.items()
    }
    assert (codes["worker"], codes["bulk"], codes["pulse"], codes["api"]) == (0, 0, 0, 0)
    # uvicorn ends itself by the signal that it was sent, once it has stopped.
    assert codes["web"] in {0, -15}


def stop_seconds(name: str) -> float:
    return float(SERVICES[name].get("stop_grace_period", STOP_SECONDS).removesuffix("s"))


def labels(machine: Machine, action_id: str) -> int:
    """How many labels the action has, once it has one: pulse, Redis and worker brought it."""
    ends = time.monotonic() + 15
    while time.monotonic() < ends:
        lines = machine.run("python", "manage.py", "export_labels", "--workspace", "bench").splitlines()
        if lines:
            return sum(action_id in line for line in lines)
        time.sleep(0.3)
    raise AssertionError(machine.log("worker") + machine.log("pulse"))
