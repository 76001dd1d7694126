"""The demo with a stand-in for Slack beside it: a page on which you are anybody of the cast and press the buttons.

Everything runs on this machine until Ctrl-C; nobody needs a Slack account.
"""

import pickle
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

from bench import _instance
from bench._instance import Instance
from tests.slack_server import server, town
from tests.slack_server.hands import Hands
from tests.slack_server.server import SlackServer
from tests.slack_server.town import Town

JOIN = "from tests import slacked; slacked.join_demo()"


def main(asked: Namespace, for_agent: list[str]) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with server.running(asked.slack_port) as slack:
        acme = town.build(slack.world)
        instance = _instance.start(asked.data_dir, "--demo", port=asked.port, env=_settings(slack))
        agent: subprocess.Popen[bytes] | None = None
        try:
            _instance.wait(instance)
            _join(instance, acme)
            hands = slack.hands_over_http(f"{instance.base_url}/slack/events")
            slack.look.console = f"{instance.base_url}/"
            agent = _manage(instance, "demo-agent", *for_agent)
            _greet(slack, instance)
            _carry_on(hands, instance)
        except KeyboardInterrupt:
            pass
        finally:
            for process in filter(None, (agent, instance.process)):
                process.terminate()
                process.wait()


def _settings(slack: SlackServer) -> dict[str, str]:
    app = slack.world.app
    return {
        "COUNTERSIGN_DEBUG": "1",
        "COUNTERSIGN_SLACK_API_URL": slack.api_url,
        "COUNTERSIGN_SLACK_SIGNING_SECRET": app.signing_secret,
        "COUNTERSIGN_SLACK_CLIENT_ID": app.client_id,
        "COUNTERSIGN_SLACK_CLIENT_SECRET": app.client_secret,
    }


def _join(instance: Instance, acme: Town) -> None:
    """The people of the demo and those of the stand-in become the same."""
    process = _manage(instance, "shell", "--no-imports", "-c", JOIN, stdin=subprocess.PIPE)
    process.communicate(pickle.dumps(acme))
    if process.returncode:
        raise SystemExit("The demo could not be connected with the stand-in.")


def _manage(instance: Instance, *arguments: str, stdin: int | None = None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.Popen(command, cwd=_instance.ROOT, env=instance.environment, stdin=stdin)


def _greet(slack: SlackServer, instance: Instance) -> None:
    ada = instance.demo["people"]["ada"]
    lines = (
        f"A stand-in for Slack: {slack.origin}/",
        f"The console:          {instance.base_url}/ (log in as {ada['email']} with {ada['password']})",
        f"Everybody else:       {instance.data_dir / 'demo.json'}",
    )
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _carry_on(hands: Hands, instance: Instance) -> None:
    """Events that were not acknowledged come again, until the demo ends."""
    while instance.process.poll() is None:
        hands.events.retry()
        time.sleep(1)
    raise SystemExit(f"The demo has ended:\n{instance.said[-2000:]}")


def _arguments() -> tuple[Namespace, list[str]]:
    """Ours, and the rest, which is for demo-agent."""
    parser = ArgumentParser(description=__doc__, epilog="Anything else goes to demo-agent, such as --every 10.")
    parser.add_argument("--port", type=int, default=8000, help="of the console (default: 8000)")
    parser.add_argument("--slack-port", type=int, default=8090, help="of the stand-in (default: 8090)")
    parser.add_argument("--data-dir", type=Path, default=Path("var/slack"), help="default: var/slack")
    return parser.parse_known_args()


if __name__ == "__main__":
    main(*_arguments())
