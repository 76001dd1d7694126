"""`countersign`: submit, wait, show, list and whoami from a shell. Prints JSON; errors go to stderr.

Exit codes: 0 done or approved, 1 not approved, 2 wrong usage, 3 no answer or a refusal by the server, 4 still pending.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from countersign.action import Action
from countersign.client import Countersign
from countersign.errors import CountersignError, NotApproved, NotConfigured, UnsafeArguments, WaitTimeout
from countersign.version import VERSION


def main(argv: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    verb: Callable[[Countersign, argparse.Namespace], Any] = options.verb
    try:
        with Countersign(options.url, None, journal=options.journal) as client:
            shown = verb(client, options)
    except CountersignError as error:
        print(f"countersign: {error}", file=sys.stderr)
        return _code(error)
    print(json.dumps(shown, indent=2, ensure_ascii=False))
    return 0


def _code(error: CountersignError) -> int:
    if isinstance(error, NotApproved):
        return 1
    if isinstance(error, (NotConfigured, UnsafeArguments)):
        return 2
    return 4 if isinstance(error, WaitTimeout) else 3


def _submit(client: Countersign, options: argparse.Namespace) -> Any:
    action = client.submit(
        options.tool, options.args, summary=options.summary, trace_id=options.trace_id, expires_in=options.expires_in
    )
    return action.record.raw if options.wait is None else _decided(action, options.wait)


def _wait(client: Countersign, options: argparse.Namespace) -> Any:
    return _decided(client.get(options.action), options.timeout)


def _decided(action: Action, timeout: float | None) -> Any:
    print(f"countersign: waiting for {action.id}", file=sys.stderr)
    action.wait(timeout)
    return action.record.raw


def _show(client: Countersign, options: argparse.Namespace) -> Any:
    return client.get(options.action).record.raw


def _list(client: Countersign, options: argparse.Namespace) -> Any:
    page = client.list(state=options.state, tool=options.tool, after=options.after, limit=options.limit)
    return {"items": [item.record.raw for item in page.items], "next": page.next}


def _whoami(client: Countersign, options: argparse.Namespace) -> Any:
    return client.whoami()


def _arguments(text: str) -> dict[str, Any]:
    """A JSON object; `-` reads it from standard input."""
    try:
        data = json.loads(sys.stdin.read() if text == "-" else text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from error
    if not isinstance(data, dict):
        raise argparse.ArgumentTypeError("the arguments are a JSON object, by name")
    return data


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="countersign", description="Ask for approval, as COUNTERSIGN_API_KEY.")
    parser.add_argument("--url", help="the server; COUNTERSIGN_URL where left out")
    parser.add_argument("--journal", help="the journal file; COUNTERSIGN_JOURNAL where left out")
    parser.add_argument("--version", action="version", version=VERSION)
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    submit = verbs.add_parser("submit", help="propose one call")
    submit.add_argument("tool")
    submit.add_argument("args", type=_arguments, help="a JSON object, or - for standard input")
    submit.add_argument("--summary")
    submit.add_argument("--trace-id")
    submit.add_argument("--expires-in", type=int, metavar="SECONDS")
    submit.add_argument("--wait", type=float, metavar="SECONDS", help="and wait for the decision")
    submit.set_defaults(verb=_submit)

    wait = verbs.add_parser("wait", help="wait for a decision")
    wait.add_argument("action")
    wait.add_argument("--timeout", type=float, metavar="SECONDS")
    wait.set_defaults(verb=_wait)

    show = verbs.add_parser("show", help="show one action")
    show.add_argument("action")
    show.set_defaults(verb=_show)

    listing = verbs.add_parser("list", help="list actions, newest first")
    listing.add_argument("--state")
    listing.add_argument("--tool")
    listing.add_argument("--after", metavar="CURSOR")
    listing.add_argument("--limit", type=int)
    listing.set_defaults(verb=_list)

    verbs.add_parser("whoami", help="what the key may do").set_defaults(verb=_whoami)
    return parser
