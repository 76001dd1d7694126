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
from feedback.management.uploading import USAGE, upload
from feedback.queries.answers import GateView
from feedback.services import planning

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
        check.add_argument(
            "--prompt",
            action="append",
            default=[],
            help="a file of what the candidate is told beforehand; an example in it makes the gate invalid",
        )
        tag = verbs.add_parser("baseline", help="move a baseline tag to a run")
        tag.add_argument("--workspace", required=True, help="the workspace's name in addresses, such as demo")
        tag.add_argument("--run", required=True, help="a closed run by id")
        tag.add_argument("--name", default="baseline", help="the tag (default baseline)")

        up = verbs.add_parser("upload", help="upload a run: answers, with the scores of DeepEval's and Ragas' judges")
        up.add_argument("--workspace", required=True, help="the workspace's name in addresses, such as demo")
        up.add_argument("--dataset-version", required=True, help="the frozen version that was run on, by id")
        up.add_argument("--agent", required=True, help="who answered, by name")
        up.add_argument("--agent-version", default="", help="as CI calls it")
        up.add_argument("--label", default="", help="to know the run by")
        up.add_argument("--split", default="", help="where only that was run on")
        up.add_argument(
            "--answers", required=True, help="JSON lines of answers, as POST /evals/runs/{id}/items takes them"
        )
        up.add_argument("--deepeval", action="append", default=[], help="a file of DeepEval's results")
        up.add_argument("--ragas", action="append", default=[], help="a file of Ragas' results")
        up.add_argument("--threshold", action="append", default=[], metavar="METRIC=VALUE", help="of a Ragas metric")
        up.add_argument(
            "--scorer", action="append", default=[], metavar="NAME=KIND:VERSION", help="of scores in the answers"
        )
        plan = verbs.add_parser("schedule", help="have it judged by itself")
        plan.add_argument("--workspace", required=True, help="the workspace's name in addresses, such as demo")
        plan.add_argument("--dataset", required=True, help="by name or id")
        plan.add_argument("--agent", required=True, help="whose runs are judged, by name")
        plan.add_argument("--spec", required=True, help="the gate, a YAML or JSON file")
        plan.add_argument("--every", default="run", choices=tuple(planning.EVERY), help="run (default), day or week")
        plan.add_argument("--owner", required=True, metavar="EMAIL", help="who gets a letter of each verdict")
        plan.add_argument("--baseline", default="tag:baseline", help="a run by id, or tag:NAME (default tag:baseline)")
        end = verbs.add_parser("unschedule", help="end a scheduled gate")
        end.add_argument("--workspace", required=True, help="the workspace's name in addresses, such as demo")
        end.add_argument("--plan", required=True, help="by id")

    def handle(self, *args: Any, verb: str, workspace: str, **options: Any) -> None:
        workspace_id = accounts.workspace_id_for(workspace)
        if workspace_id is None:
            raise CommandError(f"There is no workspace {workspace!r}.", returncode=USAGE)
        try:
            if verb != "check":
                does = {
                    "baseline": self._move,
                    "upload": self._upload,
                    "schedule": self._schedule,
                    "unschedule": self._unschedule,
                }
                does[verb](workspace_id, options)
                return
            formats = _formats(options["format"])
            found = services.check_gate(
                actor=OPERATOR,
                at=timezone.now(),
                workspace_id=workspace_id,
                spec=_document(options["spec"]),
                baseline=options["baseline"],
                candidate=options["candidate"],
                prompts=[_read(path) for path in options["prompt"]],
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

    def _upload(self, workspace_id: str, options: dict[str, Any]) -> None:
        run = upload(workspace_id, options, timezone.now())
        passed = ", ".join(f"{name} {n}" for name, n in sorted(run.passed.items()))
        self.stdout.write(f"{run.id}: {run.size} answers{f', passed: {passed}' if passed else ''}.")

    def _schedule(self, workspace_id: str, options: dict[str, Any]) -> None:
        at = timezone.now()
        people = {one.email: one.user_id for one in accounts.directory(workspace_id, at)}
        made = planning.plan_gate(
            actor=OPERATOR,
            at=at,
            workspace_id=workspace_id,
            dataset_id=options["dataset"],
            agent_name=options["agent"],
            spec=_document(options["spec"]),
            every=options["every"],
            owner_id=people.get(options["owner"], ""),
            baseline=options["baseline"],
        )
        self.stdout.write(f"{made} is on.")

    def _unschedule(self, workspace_id: str, options: dict[str, Any]) -> None:
        planning.end_plan(actor=OPERATOR, at=timezone.now(), workspace_id=workspace_id, plan_id=options["plan"])
        self.stdout.write(f"{options['plan']} is off.")

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
        return yaml.safe_load(_read(path))
    except yaml.YAMLError as error:
        raise CommandError(f"{path} cannot be read as YAML: {error}", returncode=USAGE) from error


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}", returncode=USAGE) from error
