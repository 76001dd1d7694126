"""A run from files: what the agent answered, with what judges and people said of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import CommandError
from django.db import transaction

from audit.actor import OPERATOR
from feedback import judging, services
from feedback.judging import Judged
from feedback.queries.answers import Given, RunView
from feedback.services.runs import AT_ONCE

USAGE = 4


def upload(workspace_id: str, options: Mapping[str, Any], at: datetime) -> RunView:
    """Opens a run, sends its answers with their scores, and closes it. Raises CommandError, ApprovalError."""
    answers = _answers(options["answers"])
    judged = _judged(options)
    scorers: dict[str, Mapping[str, Any]] = {}
    for one in judged:
        if twice := scorers.keys() & one.scorers.keys():
            raise CommandError(f"{min(twice)} comes from two files.", returncode=USAGE)
        scorers |= one.scorers
    given = [_scored(answer, judged) for answer in answers]
    known = {answer.example for answer in answers}
    if strange := sorted({example for one in judged for example in one.scores} - known):
        raise CommandError(f"{strange[0]} was judged and is not among the answers.", returncode=USAGE)
    # All of it or nothing: a run that broke off half-way would stand there open.
    with transaction.atomic():
        run = services.open_run(
            actor=OPERATOR,
            at=at,
            workspace_id=workspace_id,
            version_id=options["dataset_version"],
            agent_name=options["agent"],
            agent_version=options["agent_version"],
            label=options["label"],
            split=options["split"],
            repetitions=1 + max((answer.repetition for answer in answers), default=0),
            scorers=scorers | _said(options["scorer"]),
        )
        for place in range(0, len(given), AT_ONCE):
            services.add_items(workspace_id=workspace_id, run_id=run.id, given=given[place : place + AT_ONCE])
        return services.close_run(actor=OPERATOR, at=at, workspace_id=workspace_id, run_id=run.id)


def _answers(path: str) -> list[Given]:
    """One a line, as over REST."""
    found = []
    for number, line in enumerate(_read(path).split("\n"), start=1):
        if line.strip():
            try:
                found.append(msgspec.json.decode(line, type=Given))
            except msgspec.ValidationError as error:
                raise CommandError(f"{path}, line {number}: {error}", returncode=USAGE) from error
            except msgspec.DecodeError as error:
                raise CommandError(f"{path}, line {number} is no JSON: {error}", returncode=USAGE) from error
    return found


def _judged(options: Mapping[str, Any]) -> list[Judged]:
    thresholds = {name: _threshold(value) for name, value in map(_pair, options["threshold"])}
    said = [_tried(path, judging.of_deepeval, _read(path)) for path in options["deepeval"]]
    return said + [_tried(path, judging.of_ragas, _read(path), thresholds) for path in options["ragas"]]


def _threshold(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise CommandError(f"{text!r} is no threshold.", returncode=USAGE) from error


def _tried(path: str, reader: Any, *given: Any) -> Judged:
    try:
        found: Judged = reader(*given)
    except ValueError as error:
        raise CommandError(f"{path}: {error}", returncode=USAGE) from error
    return found


def _scored(answer: Given, judged: list[Judged]) -> Given:
    """Judges know examples and no repetitions: what they say is of the first."""
    scores = dict(answer.scores or {})
    for one in judged:
        scores |= one.scores.get(answer.example, {}) if not answer.repetition else {}
    return replace(answer, scores=scores or None)


def _said(scorers: list[str]) -> dict[str, dict[str, str]]:
    """ "people=human:1" of scores that stand in the answers."""
    found = {}
    for text in scorers:
        name, told = _pair(text)
        kind, _, version = told.partition(":")
        found[name] = {"kind": kind, "version": version, "rubric": ""}
    return found


def _pair(text: str) -> tuple[str, str]:
    name, found, value = text.rpartition("=")
    if not found or not name or not value:
        raise CommandError(f"{text!r}: write NAME=VALUE.", returncode=USAGE)
    return name, value


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}", returncode=USAGE) from error
