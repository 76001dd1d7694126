"""Starts the stand-in: one server in a thread of its own, on a free port of this machine."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from tests.slack_server.app import Heard, SlackApp
from tests.slack_server.carriers import ACK_SECONDS, Carrier, Envelopes, SignedPosts, over_http
from tests.slack_server.faults import Faults
from tests.slack_server.hands import Hands
from tests.slack_server.links import Links
from tests.slack_server.look import Look
from tests.slack_server.world import World

START_SECONDS = 60.0


class SlackServer:
    """`world` is what it holds, `faults` what its answers meet, `hands` its people's hands once a carrier is chosen."""

    def __init__(self) -> None:
        self.world = World()
        self.faults = Faults()
        self.links = Links()
        self.links.app_id = self.world.app.id
        self.world.link_address = self.links.new_address
        self.look = Look(self.world, self.faults)
        self.app = SlackApp(self.world, self.faults, self.links, self.look)
        self.origin = ""

    @property
    def api_url(self) -> str:
        return f"{self.origin}/api/"

    @property
    def heard(self) -> list[Heard]:
        return self.app.heard

    def clear(self) -> None:
        """As new, with the same app and the same address."""
        with self.world.lock:
            self.world.clear()
            self.faults.clear()
            self.app.heard.clear()

    def hands(self, carrier: Carrier) -> Hands:
        hands = Hands(self.world, carrier, self.origin)
        self.look.hands = hands
        return hands

    def hands_over_http(self, request_url: str) -> Hands:
        return self.hands(SignedPosts(over_http(request_url), self.world.app.signing_secret))

    def hands_over_sockets(self, limit: float = ACK_SECONDS) -> Hands:
        return self.hands(Envelopes(self.links, limit))


@contextmanager
def running(port: int = 0) -> Iterator[SlackServer]:
    """Until the block ends. Raises RuntimeError where it does not start."""
    slack = SlackServer()
    config = uvicorn.Config(
        slack.app,
        host="127.0.0.1",
        port=port,
        lifespan="off",
        log_config=None,
        log_level="critical",
        ws_ping_interval=None,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="slack-server", daemon=True)
    thread.start()
    until = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError(f"The Slack stand-in cannot listen on port {port}. Choose another one.")
        if time.monotonic() > until:
            raise RuntimeError(f"The Slack stand-in does not start within {START_SECONDS:.0f} s.")
        time.sleep(0.01)
    number = server.servers[0].sockets[0].getsockname()[1]
    slack.origin = f"http://127.0.0.1:{number}"
    slack.links.base = f"ws://127.0.0.1:{number}"
    try:
        yield slack
    finally:
        server.should_exit = server.force_exit = True
        thread.join(START_SECONDS)
