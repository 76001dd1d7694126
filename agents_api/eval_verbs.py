"""Evaluation over the API: keys with evals:write upload and judge, and so do people who may make datasets and gates."""

from datetime import datetime

import msgspec
from django.conf import settings
from django.http import HttpRequest

from accounts.queries import Caller
from accounts.roles import Verb
from agents_api import auth, errors
from agents_api.auth import Who
from agents_api.idempotency import Answer, Ticket
from agents_api.output import dumps
from agents_api.serializers import AnswersIn, BaselineIn, GateIn, RunIn
from feedback import services
from feedback.queries import evaluation
from feedback.queries.answers import BaselineView, GateView, Given, RunView

SCOPE = "evals:write"
EXIT_CODES = {"pass": 0, "fail": 1, "inconclusive": 2, "invalid": 3}
PAGE = 50


def who(request: HttpRequest, at: datetime, verb: Verb = Verb.MAKE_DATASET) -> Who:
    found = auth.who(request, at)
    if isinstance(found, Caller):
        if SCOPE not in found.scopes:
            raise errors.forbidden("missing_scope", f"The key lacks the scope {SCOPE}. Make one that has it.")
    elif not found.may(verb):
        raise errors.forbidden("wrong_role", f"Your role may not {verb.label}. An admin can change it.")
    return found


def open_run(ticket: Ticket, asked: RunIn) -> Answer:
    def run() -> Answer:
        made = services.open_run(
            actor=auth.actor_of(ticket.who),
            at=ticket.at,
            workspace_id=ticket.who.workspace_id,
            version_id=asked.version,
            agent_name=asked.agent,
            agent_version=asked.agent_version,
            label=asked.label,
            split=asked.split,
            repetitions=asked.repetitions,
            scorers={name: msgspec.to_builtins(scorer) for name, scorer in asked.scorers.items()},
            tool_schemas=asked.tool_schemas,
        )
        return Answer(201, dumps(run_tree(made)))

    return ticket.around(run)


def add(ticket: Ticket, run_id: str, asked: AnswersIn) -> Answer:
    given = [
        Given(
            example=one.example,
            repetition=one.repetition,
            output=None if one.output is None else msgspec.to_builtins(one.output),
            escalated=one.escalated,
            error=one.error,
            latency_ms=one.latency_ms,
            cost=one.cost,
            scores={name: msgspec.to_builtins(score) for name, score in one.scores.items()},
        )
        for one in asked.items
    ]

    def run() -> Answer:
        new = services.add_items(workspace_id=ticket.who.workspace_id, run_id=run_id, given=given)
        return Answer(200, dumps({"received": len(given), "new": new}))

    return ticket.around(run)


def close(ticket: Ticket, run_id: str) -> Answer:
    def run() -> Answer:
        closed = services.close_run(
            actor=auth.actor_of(ticket.who), at=ticket.at, workspace_id=ticket.who.workspace_id, run_id=run_id
        )
        return Answer(200, dumps(run_tree(closed)))

    return ticket.around(run)


def check(ticket: Ticket, asked: GateIn) -> Answer:
    def run() -> Answer:
        found = services.check_gate(
            actor=auth.actor_of(ticket.who),
            at=ticket.at,
            workspace_id=ticket.who.workspace_id,
            spec=asked.spec,
            baseline=asked.baseline,
            candidate=asked.candidate,
            prompts=asked.prompts,
        )
        return Answer(201, gate(ticket.who, found))

    return ticket.around(run)


def move(ticket: Ticket, asked: BaselineIn) -> Answer:
    def run() -> Answer:
        moved = services.move_baseline(
            actor=auth.actor_of(ticket.who),
            at=ticket.at,
            workspace_id=ticket.who.workspace_id,
            run_id=asked.run,
            name=asked.name,
        )
        return Answer(200, dumps(_baseline(moved)))

    return ticket.around(run)


def runs(found: Who, after: str) -> bytes:
    rows = evaluation.runs(found.workspace_id, after=after, limit=PAGE + 1)
    following = rows[PAGE - 1].id if len(rows) > PAGE else None
    return dumps({"items": [run_tree(row) for row in rows[:PAGE]], "next": following})


def one_run(found: Who, run_id: str) -> bytes:
    return dumps(run_tree(evaluation.find_run(found.workspace_id, run_id)))


def one_gate(found: Who, gate_id: str) -> bytes:
    return gate(found, evaluation.find_gate(found.workspace_id, gate_id))


def run_tree(view: RunView) -> dict[str, object]:
    return {
        "id": view.id,
        "dataset": view.dataset_name,
        "version": view.version_id,
        "sha256": view.sha256,
        "split": view.split or None,
        "agent": view.agent_name,
        "agent_version": view.agent_version or None,
        "label": view.label or None,
        "scorers": view.scorers,
        "repetitions": view.repetitions,
        "size": view.size,
        "passed": view.passed,
        "diagnoses": view.diagnoses,
        "created_at": view.created_at,
        "closed_at": view.closed_at,
    }


def gate(found: Who, view: GateView) -> bytes:
    return dumps(gate_tree(found.workspace_slug, view))


def gate_tree(slug: str, view: GateView) -> dict[str, object]:
    """`slug` is the workspace's."""
    return {
        "id": view.id,
        "gate": view.name,
        "verdict": view.verdict,
        "exit_code": EXIT_CODES[view.verdict],
        "problems": view.problems,
        "rows": view.rows,
        "baseline": view.baseline.id,
        "candidate": view.candidate.id,
        "sha256": view.candidate.sha256,
        "created_at": view.created_at,
        "console": f"{settings.BASE_URL}/w/{slug}/evaluation/gates/{view.id}",
    }


def _baseline(view: BaselineView) -> dict[str, object]:
    return {
        "name": view.name,
        "dataset": view.dataset_name,
        "run": view.run_id,
        "moved_by": view.moved_by,
        "moved_at": view.moved_at,
    }
