"""The parts of a running product, each a process that a test may kill, and a look at its rows from outside."""

import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from bench import _instance
from countersign import Countersign

PULSE = ("manage.py", "pulse")
WORKER = (
    "-m",
    "celery",
    "--app",
    "config.celery",
    "worker",
    "--pool",
    "threads",
    "--concurrency",
    "2",
    "--loglevel",
    "INFO",
)


@dataclass(slots=True)
class Parts:
    """One instance of the demo, stopped, with what it takes to start its parts."""

    data_dir: Path
    environment: dict[str, str]
    demo: dict[str, Any]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    base_url: str = ""

    def start(self, name: str, *command: str) -> None:
        with (self.data_dir / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, *command],
                cwd=_instance.ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_web(self) -> None:
        """Returns when it answers. A second start takes the same address."""
        port = self.base_url.rpartition(":")[2] or str(_instance.free_port())
        self.base_url = f"http://127.0.0.1:{port}"
        self.start("web", "-m", "uvicorn", "config.asgi:application", "--port", port, "--log-level", "warning")
        until(lambda: _instance.answers(f"{self.base_url}/healthz"), 60, "the web server answers")

    def kill(self, name: str) -> None:
        """kill -9."""
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def stop(self, name: str) -> float:
        """Asks it to stop; the seconds that it took."""
        process, began = self.running.pop(name), time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0, (self.data_dir / f"{name}.log").read_text()
        return time.monotonic() - began

    def agent(self) -> Countersign:
        return Countersign(self.base_url, self.demo["agents"]["otto"]["key"], journal=self.data_dir / "journal")

    def person(self, name: str) -> Countersign:
        token = self.demo["people"][name]["token"]
        return Countersign(self.base_url, token, journal=self.data_dir / "journal")

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What any other program would read."""
        if url := self.environment["DATABASE_URL"]:
            with psycopg.connect(url) as postgresql:
                return postgresql.execute(statement.encode()).fetchall()
        with closing(sqlite3.connect(self.data_dir / "countersign.sqlite3", timeout=20)) as sqlite:
            return sqlite.execute(statement).fetchall()

    def label_of(self, action_id: str) -> bool:
        return self.rows(f"select 1 from feedback_label where action_id = '{action_id}'") == [(1,)]


@contextmanager
def demo(data_dir: Path, **environment: str) -> Iterator[Parts]:
    """The demo's data, made by a first start of `up`; whatever part still runs at the end is killed."""
    with _instance.running(data_dir, "--demo", env={**environment, "REDIS_URL": ""}, at_once=True) as instance:
        parts = Parts(data_dir, {**instance.environment, **environment}, instance.demo)
    try:
        yield parts
    finally:
        for name in list(parts.running):
            parts.kill(name)


@contextmanager
def redis(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A Redis of the test's own, to be stopped at will."""
    program = shutil.which("redis-server")
    assert program is not None, "redis-server is not installed"
    command = [program, "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(folder)]
    with (folder / "redis.log").open("ab") as log:
        process = subprocess.Popen([*command, "--bind", "127.0.0.1"], stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(happened: Callable[[], object], seconds: float, what: str) -> float:
    """Waits for it; the seconds that it took. AssertionError after `seconds`."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < seconds, f"{what}: not within {seconds} s"
        time.sleep(0.01)
    return time.monotonic() - began
