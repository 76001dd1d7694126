"""manage.py policy check|test|activate FILE: exit code 0, or 1 with each problem on a line of its own on stderr."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.queries import workspace_id_for
from approvals import services
from approvals.policy.compiled import compile_document
from approvals.policy.document import parse
from approvals.policy.errors import PolicyError, Problem
from approvals.policy.lint import activation_problems
from approvals.policy.trials import run_trials
from approvals.services import plans
from audit.actor import OPERATOR


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = "Checks a policy document, runs the tests that it carries, or makes it the workspace's active version."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb, told in (
            ("check", "everything that saving would check, its tests included; nothing is stored"),
            ("test", "only the tests that the document carries"),
            ("activate", "save it and let it decide from now on; recorded as the operator's act"),
        ):
            each = verbs.add_parser(verb, help=told)
            each.add_argument("file", help="the YAML document, or - for standard input")
            if verb != "test":
                each.add_argument(
                    "--workspace", required=verb == "activate", help="slug; its people and active version count"
                )

    def handle(self, *, verb: str, file: str, workspace: str = "", **_: Any) -> None:
        text = _read(file)
        if verb == "test":
            self._test(file, text)
        else:
            workspace_id = _workspace(workspace) if workspace else ""
            self._check(file, text, workspace_id, activating=verb == "activate")
            if verb == "activate":
                self._activate(text, workspace_id)

    def _test(self, file: str, text: str) -> None:
        try:
            document = parse(text)
            self._refuse(file, run_trials(compile_document(document)))
        except PolicyError as error:
            self._refuse(file, error.problems)
        else:
            count = len(document.tests)
            self.stdout.write(f"{file}: {count} {'test' if count == 1 else 'tests'} passed")

    def _check(self, file: str, text: str, workspace_id: str, *, activating: bool) -> None:
        document, problems = services.check_policy(text, workspace_id=workspace_id)
        if document is not None and activating:
            problems += activation_problems(document)
        self._refuse(file, problems)
        if document is not None and workspace_id:
            for warning in plans.warnings(document, workspace_id):
                self.stderr.write(f"{file}: warning: {warning}")
        if not activating:
            self.stdout.write(f"{file}: no problems")

    def _activate(self, text: str, workspace_id: str) -> None:
        at = timezone.now()
        saved = services.save_policy(actor=OPERATOR, at=at, workspace_id=workspace_id, text=text)
        services.activate_policy(actor=OPERATOR, at=at, workspace_id=workspace_id, version_id=saved.id)
        self.stdout.write(f"{saved.name} {saved.id} is active (sha256:{saved.sha256})")

    def _refuse(self, file: str, problems: Sequence[Problem]) -> None:
        if problems:
            self.stderr.write("\n".join(f"{file}: {problem}" for problem in problems))
            sys.exit(1)


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
