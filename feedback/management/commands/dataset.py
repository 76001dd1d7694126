"""`manage.py dataset create|add|list|freeze|export|leaks|erase --workspace demo`: datasets on the command line."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import queries as accounts
from approvals.errors import ApprovalError
from approvals.strict_json import Refused
from audit.actor import OPERATOR
from feedback import gold, queries, services
from feedback.export.formats import FORMATS
from feedback.queries import VersionView
from feedback.services import Given, exporting
from feedback.services.datasets import AT_ONCE


class Command(BaseCommand):
    help = "Makes, fills, freezes and exports datasets (docs/evaluation.md). Each leaves a fact in the audit log."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = self._verb(verbs, "create", "a dataset of the decisions that come")
        create.add_argument("name")
        create.add_argument("--tool", action="append", default=[], help="take this tool alone; may be given again")
        create.add_argument("--since", help="leave out what was decided before, such as 2026-11-01T00:00+00:00")
        create.add_argument("--until", help="leave out what was decided then or later")
        create.add_argument("--own", action="store_true", help="gather no decisions: `add` fills it")
        add = self._verb(verbs, "add", "examples of your own, from JSON Lines")
        add.add_argument("name")
        add.add_argument("file", type=Path)
        self._verb(verbs, "list", "datasets with their newest version")
        freeze = self._verb(verbs, "freeze", "a version that nobody can change")
        freeze.add_argument("name")
        export = self._verb(verbs, "export", "files of a frozen version")
        export.add_argument("name")
        export.add_argument("--format", required=True, choices=list(FORMATS), dest="format_name")
        export.add_argument("--number", type=int, help="which version; the newest frozen one unless told")
        export.add_argument("--output", type=Path, required=True, help="a folder, which is made")
        leaks = self._verb(verbs, "leaks", "examples that a prompt holds, by id; exits with 1 where it holds any")
        leaks.add_argument("name")
        leaks.add_argument("--number", type=int, help="which version; the newest frozen one unless told")
        leaks.add_argument("--prompt", type=Path, action="append", required=True, help="a file; may be given again")
        erase = self._verb(verbs, "erase", "one example out of all datasets, whose versions are revoked")
        erase.add_argument("external_id", help="the action's id, or the id that the example was added with")

    def _verb(self, verbs: Any, name: str, told: str) -> ArgumentParser:
        parser: ArgumentParser = verbs.add_parser(name, help=told)
        parser.add_argument("--workspace", required=True, help="the workspace's name in addresses, such as demo")
        return parser

    def handle(self, *args: Any, verb: str, workspace: str, **options: Any) -> None:
        workspace_id = accounts.workspace_id_for(workspace)
        if workspace_id is None:
            raise CommandError(f"There is no workspace {workspace!r}.")
        try:
            getattr(self, f"_{verb}")(workspace_id, options)
        except ApprovalError as error:
            raise CommandError(error.detail or str(type(error).__doc__)) from error

    def _create(self, workspace_id: str, options: dict[str, Any]) -> None:
        recipe = {"tools": options["tool"], "since": options["since"], "until": options["until"]}
        made = services.create_dataset(
            actor=OPERATOR,
            at=timezone.now(),
            workspace_id=workspace_id,
            name=options["name"],
            recipe=None if options["own"] else {name: value for name, value in recipe.items() if value},
        )
        self.stdout.write(f"{made.name} {made.id}")

    def _add(self, workspace_id: str, options: dict[str, Any]) -> None:
        dataset = queries.find_dataset(workspace_id, options["name"])
        changed, waiting = 0, list[Given]()
        with options["file"].open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                waiting.append(_given(line, number))
                if len(waiting) == AT_ONCE:
                    changed += self._added(workspace_id, dataset.id, waiting)
                    waiting = []
        changed += self._added(workspace_id, dataset.id, waiting)
        self.stdout.write(f"{changed} examples are new or changed")

    def _added(self, workspace_id: str, dataset_id: str, given: list[Given]) -> int:
        return services.add_examples(
            actor=OPERATOR, at=timezone.now(), workspace_id=workspace_id, dataset_id=dataset_id, given=given
        )

    def _list(self, workspace_id: str, options: dict[str, Any]) -> None:
        after = ""
        while page := queries.datasets(workspace_id, after=after):
            newest = queries.newest_of(workspace_id, [dataset.id for dataset in page])
            for dataset in page:
                version = newest.get(dataset.id)
                told = f"{version.n} {version.status} {version.size} {version.manifest_sha256}" if version else "-"
                self.stdout.write(f"{dataset.name} {told}")
            after = page[-1].id

    def _freeze(self, workspace_id: str, options: dict[str, Any]) -> None:
        frozen = services.freeze(
            actor=OPERATOR, at=timezone.now(), workspace_id=workspace_id, dataset_id=options["name"]
        )
        self.stdout.write(f"{frozen.dataset_name} {frozen.n} {frozen.size} {frozen.manifest_sha256}")

    def _export(self, workspace_id: str, options: dict[str, Any]) -> None:
        version = _version(workspace_id, options)
        made = exporting.export_to(
            actor=OPERATOR,
            at=timezone.now(),
            workspace_id=workspace_id,
            version_id=version.id,
            format_name=options["format_name"],
            folder=options["output"],
        )
        told = {"rows": made.rows, "skipped": made.skipped, "files": made.files}
        self.stdout.write(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())

    def _leaks(self, workspace_id: str, options: dict[str, Any]) -> None:
        texts = [path.read_text(encoding="utf-8") for path in options["prompt"]]
        version = _version(workspace_id, options)
        found = list(services.leaks_of(workspace_id, version.id, texts))
        for external_id in found:
            self.stdout.write(external_id)
        if found:
            raise CommandError(f"{len(found)} of the examples that measure agents stand in what is told beforehand.")

    def _erase(self, workspace_id: str, options: dict[str, Any]) -> None:
        revoked = services.erase_example(
            actor=OPERATOR, at=timezone.now(), workspace_id=workspace_id, external_id=options["external_id"]
        )
        self.stdout.write(f"erased; revoked versions: {' '.join(revoked) or 'none'}")


def _version(workspace_id: str, options: dict[str, Any]) -> VersionView:
    dataset = queries.find_dataset(workspace_id, options["name"])
    found = [version for version in queries.versions(workspace_id, dataset.id) if version.status == "frozen"]
    if options["number"] is not None:
        found = [version for version in found if version.n == options["number"]]
    if not found:
        raise CommandError(f"{dataset.name} has no such frozen version. Freeze it first.")
    return found[0]


def _given(line: bytes, number: int) -> Given:
    try:
        return gold.read(line)
    except (Refused, ApprovalError) as error:
        raise CommandError(f"Line {number}: {error}") from error
