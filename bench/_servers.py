"""Starts Countersign and the yardstick on one PostgreSQL, each with a database of its own, and removes both again."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

import psycopg

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    pid: int

    def cpu_seconds(self) -> float:
        """What the server and its workers have used so far."""
        return sum(map(_cpu_of, (self.pid, *self.workers())))

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def memory(self) -> int:
        """Bytes of proportional set size, workers included."""
        return sum(map(_pss_of, (self.pid, *self.workers())))


@dataclass(frozen=True, slots=True)
class Pair:
    """`api` decides and submits, `live` holds those who wait; `keys` are otto's key, Ada's token and the workspace.

    `database` and `bare` are the addresses of the two databases.
    """

    api: Server
    live: Server | None
    yardstick: Server
    keys: dict[str, str]
    database: str
    bare: str


def database_url() -> str:
    """From the command line or DATABASE_URL; a measurement without PostgreSQL says nothing."""
    url = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("DATABASE_URL", "")
    if not url.startswith(("postgres://", "postgresql://")):
        raise SystemExit("Give a PostgreSQL: DATABASE_URL=postgresql://user@host:5432/name")
    return url


@contextmanager
def prepared() -> Iterator[tuple[dict[str, str], dict[str, str], str]]:
    """A migrated and seeded database of Countersign: the environment to start it with, its keys, its address."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(_database("bench_product"))
        environment = _environment(database, folder)
        _run(environment, "-c", "from config import environment, settings; environment.make_secrets(settings.DATA_DIR)")
        _run(environment, "manage.py", "migrate", "--no-input", "--skip-checks", "-v0")
        told = _run(environment, "manage.py", "shell", "--no-imports", "-c", "from bench import _seed; _seed.main()")
        yield environment, json.loads(told), database


@contextmanager
def pair(*, live: bool = False) -> Iterator[Pair]:
    with ExitStack() as stack:
        environment, keys, database = stack.enter_context(prepared())
        bare = stack.enter_context(_database("bench_yardstick"))
        with psycopg.connect(bare, autocommit=True) as connection:
            connection.execute((ROOT / "bench/yardstick/schema.sql").read_bytes())
        yield Pair(
            api=stack.enter_context(_server(API, environment, PROBE, listeners=WORKERS)),
            live=stack.enter_context(_server(LIVE, environment, PROBE)) if live else None,
            yardstick=stack.enter_context(_server(YARDSTICK, {**os.environ, "DSN": bare}, "/healthz")),
            keys=keys,
            database=database,
            bare=bare,
        )


@contextmanager
def console() -> Iterator[tuple[Server, dict[str, str], str]]:
    """The pages alone, over ASGI: the server, its keys, the address of its database."""
    with prepared() as (environment, keys, database):
        _run(environment, "manage.py", "collectstatic", "--no-input", "--skip-checks", "-v0")
        with _server(LIVE, environment, PROBE) as server:
            yield server, keys, database


@contextmanager
def web(environment: dict[str, str]) -> Iterator[Server]:
    """The process of pages and of Slack's requests, with a pool of connections, as compose starts it."""
    with _server(LIVE, {**environment, "COUNTERSIGN_CONN_MAX_AGE": "0", "COUNTERSIGN_DB_POOL": "1"}, PROBE) as server:
        yield server


WORKERS = 2
_GRANIAN = [
    sys.executable,
    "-m",
    "granian",
    "--interface",
    "wsgi",
    "--workers",
    str(WORKERS),
    "--blocking-threads",
    "1",
]
API = [*_GRANIAN, "--log-level", "error", "config.wsgi:application"]
# What a report says of both.
SERVED_BY = f"granian WSGI, {WORKERS} workers of 1 thread; yardstick uvicorn, 1 process"
_UVICORN = ["-m", "uvicorn", "--no-access-log", "--log-level", "warning"]
LIVE = [sys.executable, *_UVICORN, "config.asgi:application"]
YARDSTICK = [
    sys.executable,
    *_UVICORN,
    "--app-dir",
    "bench/yardstick",
    "yardstick:app",
]
PROBE = "/.well-known/jwks.json"


def _environment(database: str, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database,
        "REDIS_URL": "",
        "COUNTERSIGN_DATA_DIR": str(folder),
        "COUNTERSIGN_CONN_MAX_AGE": "3600",
        "COUNTERSIGN_DEBUG": "0",
        "COUNTERSIGN_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


def _run(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def manage(environment: dict[str, str], *arguments: str) -> str:
    """What a command of manage.py prints on the prepared database."""
    return _run(environment, "manage.py", *arguments)


@contextmanager
def _database(name: str) -> Iterator[str]:
    parts = urlsplit(database_url())
    own = f"{name}_{os.getpid()}"
    with psycopg.connect(database_url(), autocommit=True) as connection:
        connection.execute(f"create database {own}".encode())
        try:
            yield urlunsplit(parts._replace(path="/" + own))
        finally:
            connection.execute(f"drop database {own} with (force)".encode())


@contextmanager
def _server(command: list[str], environment: dict[str, str], probe: str, listeners: int = 1) -> Iterator[Server]:
    port = _free_port()
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)], cwd=ROOT, env=environment, start_new_session=True
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}{probe}", process)
        # Each worker listens for itself; those that come late would get none of the connections that are kept.
        while _listening(port) < listeners and process.poll() is None:
            time.sleep(0.05)
        yield Server(f"http://127.0.0.1:{port}", process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urlopen(url, timeout=1):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise SystemExit(f"{url} does not answer")


def _listening(port: int) -> int:
    """How many sockets listen there (proc(5): the local address is the second field, 0A is the state LISTEN)."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(fields[1].endswith(f":{port:04X}") and fields[3] == "0A" for fields in lines)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pss_of(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
