"""The commands of docs/api.md, run as they stand."""

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.wsgi import get_wsgi_application

from tests.cast import Stage

pytestmark = pytest.mark.usefixtures("own_listener")

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def address(open_stage: Stage) -> Iterator[str]:
    with make_server("127.0.0.1", 0, get_wsgi_application(), Server, Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/api/v1"
        server.shutdown()


def test_the_commands_work_as_written(open_stage: Stage, address: str, tmp_path: Path) -> None:
    known = {"COUNTERSIGN": address, "KEY": open_stage.keys["otto"], "TOKEN": open_stage.tokens["ada"]}
    head = "".join(f"export {name}={value}\n" for name, value in known.items())
    # The first block is the one that sets these three; each answer is to end its line.
    script = head + "".join(BLOCKS[1:]).replace("curl -sS", "curl -sS -w '\\n' --fail-with-body")
    done = subprocess.run(["sh", "-euc", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    told = map(json.loads, filter(None, done.stdout.splitlines()))
    submitted, decided, waited, spent, reported, stopped, released = told
    assert [answer["state"] for answer in (submitted, decided, waited)] == ["pending", "approved", "approved"]
    assert spent["tool_call"] == waited["decision"]["tool_call"]
    assert reported["execution"]["report"] == {"output": {"refund": "re_1"}}
    assert (stopped["mode"], stopped["target"], released["released_by"]) == ("pause", "otto", "Ada")


def test_the_page_sets_what_its_commands_need() -> None:
    assert re.findall(r"export (\w+)=", BLOCKS[0]) == ["COUNTERSIGN", "KEY", "TOKEN"]
