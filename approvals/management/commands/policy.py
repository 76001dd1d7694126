"""manage.py policy check|test|diff|backtest|propose|activate FILE.

Exit code 0, or 1 with each problem on a line of its own on stderr: `diff` ends with 1 where the document does not
provably tighten, `backtest` where something new would go through that people stopped or mended, or a clause breaks.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.queries import workspace_id_for
from approvals import changes, services
from approvals.errors import ApprovalError
from approvals.policy.backtest import Report
from approvals.policy.compiled import Policy, compile_document
from approvals.policy.diff import Change
from approvals.policy.document import parse
from approvals.policy.errors import PolicyError, Problem
from approvals.policy.trials import run_trials
from approvals.services import plans
from approvals.services.backtests import DAYS_MAX, backtest_now
from audit.actor import OPERATOR

VERBS = (
    ("check", "everything that saving would check, its tests included; nothing is stored"),
    ("test", "only the tests that the document carries"),
    ("diff", "what it changes against the active version; 0 where it provably tightens or changes nothing"),
    ("backtest", "what it would have done with the past actions of the workspace; nothing is stored"),
    ("propose", "save it and ask people to sign it; recorded as the operator's act"),
    ("activate", "save it and let it decide from now on; recorded as the operator's act"),
)
ALONE = "why two people are not asked although it loosens; the audit log keeps it"


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = "Checks a policy document, compares and tests it, proposes it, or makes it the active version."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb, told in VERBS:
            each = verbs.add_parser(verb, help=told)
            each.add_argument("file", help="the YAML document, or - for standard input")
            if verb != "test":
                each.add_argument(
                    "--workspace", required=verb != "check", help="slug; its people and active version count"
                )
            if verb == "backtest":
                each.add_argument("--days", type=int, default=30, help="how far to look back (30)")
            if verb in {"backtest", "diff"}:
                each.add_argument("--json", action="store_true", help="print all of it as JSON")
            if verb == "propose":
                each.add_argument("--note", default="", help="why; people read it before they sign")
            if verb == "activate":
                each.add_argument("--alone", default="", metavar="REASON", help=ALONE)

    def handle(self, *, verb: str, file: str, workspace: str = "", **options: Any) -> None:
        text = _read(file)
        if verb == "test":
            self._test(file, text)
            return
        workspace_id = _workspace(workspace) if workspace else ""
        document, problems = services.check_policy(text, workspace_id=workspace_id)
        self._refuse(file, problems)
        for warning in plans.warnings(document, workspace_id) if document and workspace_id else ():
            self.stderr.write(f"{file}: warning: {warning}")
        does: dict[str, Callable[[], None]] = {
            "check": lambda: self.stdout.write(f"{file}: no problems"),
            "diff": lambda: self._diff(text, workspace_id, as_json=options["json"]),
            "backtest": lambda: self._backtest(text, workspace_id, options["days"], as_json=options["json"]),
            "propose": lambda: self._propose(text, workspace_id, options["note"]),
            "activate": lambda: self._activate(text, workspace_id, options["alone"]),
        }
        try:
            does[verb]()
        except ApprovalError as error:
            self.stderr.write(f"{file}: {error.detail}")
            sys.exit(1)

    def _test(self, file: str, text: str) -> None:
        try:
            document = parse(text)
            self._refuse(file, run_trials(compile_document(document)))
        except PolicyError as error:
            self._refuse(file, error.problems)
        else:
            count = len(document.tests)
            self.stdout.write(f"{file}: {count} {'test' if count == 1 else 'tests'} passed")

    def _diff(self, text: str, workspace_id: str, *, as_json: bool) -> None:
        at = timezone.now()
        active = services.ensure_policy(workspace_id, at=at, fresh=True)
        found = changes.against(active, compile_document(parse(text)), workspace_id, at).difference
        if as_json:
            self.stdout.write(json.dumps(found.tree(), indent=2))
        else:
            for change in found.changes:
                self.stdout.write("\n".join(_change_lines(change)))
            self.stdout.write(f"Altogether: {found.direction}")
        if not found.is_tightening:
            sys.exit(1)

    def _backtest(self, text: str, workspace_id: str, days: int, *, as_json: bool) -> None:
        if not 1 <= days <= DAYS_MAX:
            raise CommandError(f"Look back 1 to {DAYS_MAX} days.")
        at = timezone.now()
        before: Policy = services.ensure_policy(workspace_id, at=at, fresh=True).policy
        after = compile_document(parse(text))
        report = backtest_now(workspace_id, before, after, since=at - timedelta(days=days), until=at)
        self.stdout.write(json.dumps(report.tree(), indent=2) if as_json else "\n".join(_report_lines(report)))
        if report.regretted or report.new_errors:
            sys.exit(1)

    def _propose(self, text: str, workspace_id: str, note: str) -> None:
        at = timezone.now()
        made = services.propose_policy(actor=OPERATOR, at=at, workspace_id=workspace_id, text=text, note=note)
        people = f"{made.missing} {'person' if made.missing == 1 else 'people'}"
        self.stdout.write(f"{made.proposal_id} proposes {made.version_id}: {people} must sign it in the console")

    def _activate(self, text: str, workspace_id: str, alone: str) -> None:
        at = timezone.now()
        saved = services.activate_as_operator(actor=OPERATOR, at=at, workspace_id=workspace_id, text=text, alone=alone)
        self.stdout.write(f"{saved.name} {saved.id} is active (sha256:{saved.sha256})")

    def _refuse(self, file: str, problems: Sequence[Problem]) -> None:
        if problems:
            self.stderr.write("\n".join(f"{file}: {problem}" for problem in problems))
            sys.exit(1)


def _change_lines(change: Change) -> list[str]:
    head = f"{change.direction}: {change.part} {change.name}".rstrip()
    return [f"{head} {change.word}", *(f"  {aspect.direction}: {aspect.text}" for aspect in change.details)]


def _report_lines(report: Report) -> list[str]:
    """The matrix without its zeros, and what it comes down to."""
    lines = [f"{report.total} past actions"]
    for cell in report.cells:
        if cell.count:
            said = ", ".join(f"{outcome} {count}" for outcome, count in cell.outcomes.items())
            lines.append(f"  {cell.before} -> {cell.after}: {cell.count} ({said})")
    load = report.load
    lines.append(f"People are asked {load.asked_after} times instead of {load.asked_before}")
    lines.append(report.headline)
    lines += [f"Never fired: {rule}" for rule in report.silent_rules]
    lines += [f"New error: {error.rule}: {error.clause} ({error.count} times)" for error in report.new_errors]
    return lines


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"Cannot read {file}: {error}") from error


def _workspace(slug: str) -> str:
    found = workspace_id_for(slug)
    if found is None:
        raise CommandError(f"There is no workspace {slug}.")
    return found
