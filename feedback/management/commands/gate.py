"""`manage.py gate check`: new against old, from CI. Exit 0 pass, 1 fail, 2 inconclusive, 3 invalid, 4 usage."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
import yaml
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import queries as accounts
from approvals.errors import ApprovalError
from audit.actor import OPERATOR
from feedback import services
from feedback.gate import reports
from feedback.gate.rows import Verdict
from feedback.gate.verdict import EXIT_CODES
from feedback.queries.answers import GateView

USAGE = 4
FORMATS = ("json", "junit", "markdown")
ENDINGS = {"json": "json", "junit": "xml", "markdown": "md"}


class Command(BaseCommand):
    help = "Judges a run against a baseline (docs/evaluation.md); the exit code is the verdict."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        check = verbs.add_parser("check", help="judge a candidate run against a baseline")
        check.add_argument("--workspace", required=True, help="the workspace's name in addresses, such as demo")
        check.add_argument("--spec", required=True, help="the gate, a YAML or JSON file")
        check.add_argument("--candidate", required=True, help="a run by id")
        check.add_argument("--baseline", default="tag:baseline", help="a run by id, or tag:NAME (default tag:baseline)")
        check.add_argument("--format", default="markdown", help="json, junit and markdown, with commas")
        check.add_argument("--output", help="a folder for gate.json, gate.xml and gate.md; else the standard output")
        check.add_argument("--inconclusive", type=int, choices=(0, 1, 2), default=2, help="its exit code (default 2)")
        tag = verbs.add_parser("baseline", help="move a baseline tag to a run")
        tag.add_argument("--workspace", required=True, help="the workspace's name in addresses, such as demo")
        tag.add_argument("--run", required=True, help="a closed run by id")
        tag.add_argument("--name", default="baseline", help="the tag (default baseline)")

    def handle(self, *args: Any, verb: str, workspace: str, **options: Any) -> None:
        workspace_id = accounts.workspace_id_for(workspace)
        if workspace_id is None:
            raise CommandError(f"There is no workspace {workspace!r}.", returncode=USAGE)
        try:
            if verb == "baseline":
                self._move(workspace_id, options)
                return
            formats = _formats(options["format"])
            found = services.check_gate(
                actor=OPERATOR,
                at=timezone.now(),
                workspace_id=workspace_id,
                spec=_document(options["spec"]),
                baseline=options["baseline"],
                candidate=options["candidate"],
            )
        except ApprovalError as error:
            raise CommandError(error.detail, returncode=USAGE) from error
        self._write(found, f"{settings.BASE_URL}/w/{workspace}/evaluation/gates/{found.id}", formats, options["output"])
        verdict = Verdict(found.verdict)
        sys.exit(options["inconclusive"] if verdict is Verdict.INCONCLUSIVE else EXIT_CODES[verdict])

    def _move(self, workspace_id: str, options: dict[str, Any]) -> None:
        moved = services.move_baseline(
            actor=OPERATOR,
            at=timezone.now(),
            workspace_id=workspace_id,
            run_id=options["run"],
            name=options["name"],
        )
        self.stdout.write(f"{moved.name} of {moved.dataset_name} is {moved.run_id} now.")

    def _write(self, found: GateView, address: str, formats: list[str], folder: str | None) -> None:
        for name in formats:
            text = _text(name, found, address)
            if folder is None:
                self.stdout.write(text, ending="")
            else:
                Path(folder).mkdir(parents=True, exist_ok=True)
                (Path(folder) / f"gate.{ENDINGS[name]}").write_text(text, encoding="utf-8")


def _text(name: str, found: GateView, address: str) -> str:
    if name == "junit":
        return reports.junit(found.name, found.verdict, found.rows, found.problems)
    if name == "markdown":
        return reports.markdown(found.name, found.verdict, found.rows, found.problems, address)
    tree = {
        "id": found.id,
        "gate": found.name,
        "verdict": found.verdict,
        "baseline": found.baseline.id,
        "candidate": found.candidate.id,
        "dataset_sha256": found.candidate.sha256,
        "problems": found.problems,
        "rows": found.rows,
        "address": address,
    }
    return orjson.dumps(tree, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _formats(text: str) -> list[str]:
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    if not wanted or set(wanted) - set(FORMATS):
        raise CommandError(f"--format {text!r}: take some of {', '.join(FORMATS)}.", returncode=USAGE)
    return wanted


def _document(path: str) -> Any:
    try:
        return yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CommandError(f"{path} cannot be read as YAML: {error}", returncode=USAGE) from error
