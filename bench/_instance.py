"""Starts the product as a newcomer does, `manage.py up`, in a process and a data directory of its own."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

import psycopg

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 180.0
# Below what the system gives to outgoing connections, any of which could take the port before the server does.
PORTS = range(20_000, 30_000)
STOP_SECONDS = 5.0
NO_WAIT = "{low: 0s, medium: 0s, high: 0s, critical: 0s}"


@dataclass(frozen=True, slots=True)
class Instance:
    """A running `up`. Its output goes to `<data_dir>/up.log`."""

    base_url: str
    data_dir: Path
    process: subprocess.Popen[bytes]
    environment: dict[str, str]

    @property
    def demo(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data_dir / "demo.json").read_bytes())
        return found

    @property
    def said(self) -> str:
        return (self.data_dir / "up.log").read_text()

    def manage(self, *arguments: str) -> str:
        """Runs another command of manage.py on the same data. Raises CalledProcessError."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Exit code and the seconds that stopping took."""
        began = time.monotonic()
        self.process.send_signal(number)
        try:
            return self.process.wait(STOP_SECONDS * 2), time.monotonic() - began
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """Ours, without what would lead a child to another instance."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERSIGN_")}
    path = os.pathsep.join(filter(None, [str(ROOT / "sdk"), os.environ.get("PYTHONPATH", "")]))
    return {**mine, "PYTHONPATH": path, "COUNTERSIGN_DATA_DIR": str(data_dir), **more}


def start(data_dir: Path, *options: str, port: int | None = None, env: Mapping[str, str] | None = None) -> Instance:
    """Returns without waiting; `wait` does."""
    port = port or free_port()
    data_dir.mkdir(parents=True, exist_ok=True)
    environ = environment(data_dir, **(env or {}))
    command = [sys.executable, "manage.py", "up", "--port", str(port), "--data-dir", str(data_dir), *options]
    with (data_dir / "up.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
    return Instance(f"http://127.0.0.1:{port}", data_dir, process, {**environ, "COUNTERSIGN_DEBUG": "1"})


def wait(instance: Instance, path: str = "/healthz") -> Instance:
    """Until it answers. Raises RuntimeError with what it said where it ended or took too long."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and instance.process.poll() is None:
        if answers(instance.base_url + path):
            return instance
        time.sleep(0.02)
    instance.process.kill()
    raise RuntimeError(f"{instance.base_url}{path} does not answer:\n{instance.said}")


def approve_at_once(instance: Instance) -> None:
    """Activates the demo's policy with `undo` and `dwell` at nothing, for whoever measures or tests something else."""
    text = (ROOT / "config" / "demo" / "policies" / "demo.yaml").read_text()
    quick = instance.data_dir / "at-once.yaml"
    quick.write_text(text.replace("defaults:\n", f"defaults:\n  undo: {NO_WAIT}\n  dwell: {NO_WAIT}\n", 1))
    instance.manage("policy", "activate", str(quick), "--workspace", "demo", "--alone", "For a measurement")


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, HTTPException, OSError):
        return False


@contextmanager
def running(
    data_dir: Path, *options: str, env: Mapping[str, str] | None = None, at_once: bool = False
) -> Iterator[Instance]:
    """With `at_once` the demo's policy lets people approve without reading time and undo window."""
    instance = start(data_dir, *options, env=env)
    try:
        wait(instance)
        if at_once:
            approve_at_once(instance)
        yield instance
    finally:
        if instance.process.poll() is None:
            instance.stop()


@contextmanager
def database(url: str, name: str, template: str = "") -> Iterator[str]:
    """A database of its own on the PostgreSQL of `url`, dropped afterwards; "" stays SQLite.

    With `template` a copy of that one.
    """
    if not url.startswith(("postgres://", "postgresql://")):
        yield ""
        return
    own = f"{name}_{os.getpid()}_{time.monotonic_ns() % 1_000_000}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'create database {own} template "{template or "template1"}"'.encode())
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{own}"))
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"drop database {own} with (force)".encode())


def free_port() -> int:
    for port in random.SystemRandom().sample(PORTS, len(PORTS)):
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise RuntimeError(f"Every port from {PORTS.start} to {PORTS.stop - 1} is taken.")
