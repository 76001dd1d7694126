"""Test actions with a known answer. They pass through the queue like any other and can never run.

An exercise is built from a call that people approved. It belongs to an agent of our own, which has no key, and bears
the name of the agent whose call it resembles, or everybody would soon know its name. Its terms say `no_grant` and what
it tests; the database refuses it a grant besides.
"""

import random
from datetime import datetime
from typing import Any

import orjson

from accounts import services as accounts
from approvals import asking, digest, envelope, exercises, lifecycle, queries, strict_json
from approvals.answers import ActionView
from approvals.envelope import Envelope
from approvals.errors import Conflict, NotFound
from approvals.exercises import Exercise, Kind
from approvals.lifecycle import Extras, Written
from approvals.models import Seeding
from approvals.policies import Active
from approvals.policy.describe import effect_sentence, tool_spec
from approvals.policy.evaluate import evaluate
from approvals.policy.verdict import Verdict
from approvals.services.policy import ensure_policy
from approvals.states import State
from audit import record
from audit.actor import Actor, Door
from audit.actor import Kind as ActorKind
from audit.kinds import EventKind
from tenancy import ids, scope

EVERY_MAX = 1000
# Approved calls to build from, the newest.
MODELS = 30
# Nothing to take back either, so what there is to learn comes at once.
NOTHING_RUNS = {"no_grant": True, "undo": 0}
NOTHING_TO_COPY = (
    "A test action is built like a call that people approved and that the policy would ask about again. There is none"
    " yet; approve an ordinary action first."
)


def set_seeding(*, actor: Actor, at: datetime, workspace_id: str, every: int, chance: random.Random) -> None:
    """About one test action for `every` actions that people are asked about; 0 sends none by itself. The first time
    makes the agent that they belong to.
    """
    every = max(0, min(every, EVERY_MAX))
    with scope.acting(workspace_id):
        row = Seeding.objects.select_for_update().first()
        before = row.every if row else 0
        if row is None:
            agent = accounts.create_built_in_agent(actor=actor, at=at, workspace_id=workspace_id)
            row = Seeding(workspace_id=workspace_id, agent=agent)
        row.every = every
        _count_anew(row, at, chance)
        row.save()
        record.record(
            kind=EventKind.SEEDING_CHANGED,
            workspace_id=workspace_id,
            actor=actor,
            at=at,
            subject=("agent", row.agent_id),
            data={"before": before, "every": every},
        )


def seed(*, at: datetime, workspace_id: str, chance: random.Random) -> ActionView:
    """Puts one test action into the queue. Raises NotFound (not set up) and Conflict (nothing to build from)."""
    row = Seeding.everywhere.select_related("agent", "workspace").filter(workspace_id=workspace_id).first()
    if row is None:
        raise NotFound("Test actions are not set up in this workspace.")
    active = ensure_policy(workspace_id, at=at)
    models = queries.approved_by_people(workspace_id, but_agent=row.agent_id, limit=MODELS)
    kinds = list(Kind)
    chance.shuffle(models)
    chance.shuffle(kinds)
    for kind in kinds:
        for model in models:
            made = _made(kind, model, active, chance)
            if made is None:
                continue
            said = envelope.read({"tool_call": {"name": model.tool, "args": made.args}, **made.claims})
            verdict = _asked(said, model, active, at)
            if verdict.effect == "require_approval" and not verdict.schema_problems:
                return _open(row, made, said, model, verdict, active, at)
    raise Conflict(NOTHING_TO_COPY)


def seed_due(*, at: datetime, chance: random.Random) -> int:
    """Sends the test actions that have become due, at most one for each workspace; says how many."""
    due = Seeding.everywhere.filter(every__gt=0).values_list("workspace_id", flat=True)
    return sum(_seed_if_due(workspace_id, at, chance) for workspace_id in list(due))


def _seed_if_due(workspace_id: str, at: datetime, chance: random.Random) -> bool:
    with scope.acting(workspace_id):
        row = Seeding.objects.select_for_update().filter(every__gt=0).first()
        if row is None or queries.asked_since(workspace_id, row.counted_from, row.agent_id) < row.due_after:
            return False
        _count_anew(row, at, chance)
        row.save()
        try:
            seed(at=at, workspace_id=workspace_id, chance=chance)
        except Conflict:
            return False
    return True


def _count_anew(row: Seeding, at: datetime, chance: random.Random) -> None:
    """Not exactly every so many, or one could count along."""
    row.counted_from = ids.floor("act", at)
    row.due_after = chance.randint(max(1, row.every // 2), row.every + row.every // 2) if row.every else 0


def _made(kind: Kind, model: ActionView, active: Active, chance: random.Random) -> Exercise | None:
    spec = tool_spec(active.policy, model.tool)
    if spec is None or spec.schema is None:
        return None
    return exercises.made(
        kind,
        orjson.loads(model.args),
        model.envelope or {},
        spec=spec,
        tell=lambda args: effect_sentence(active.policy, model.tool, args),
        chance=chance,
    )


def _asked(said: Envelope, model: ActionView, active: Active, at: datetime) -> Verdict:
    """The policy's answer to the agent whose call it resembles."""
    args = said.tool_call.args
    asked = asking.context(said, agent=model.agent_name, manifest=None, args=args, at=at, stops=active.stops)
    return evaluate(active.policy, asked)


def _open(
    row: Seeding, made: Exercise, said: Envelope, model: ActionView, verdict: Verdict, active: Active, at: datetime
) -> ActionView:
    actor = Actor(ActorKind.AGENT, row.agent_id, model.agent_name, Door.API)
    view = _view(row, made, said, model, verdict, active, at)
    # Neither amount nor counterpart: what never runs is no history for anybody to compare with.
    claims: dict[str, Any] = {
        "envelope": view.envelope,
        "amount": None,
        "currency": "",
        "counterpart": "",
        "group_key": "",
        "supersedes": "",
    }
    written, view = lifecycle.open(
        view, claims=claims, stops_id=active.stops_id, ending=None, actor=actor, at=at, extras=Extras()
    )
    if written is not Written.YES:
        raise Conflict("The policy or a stop switch changed in this very moment. Nothing was sent; try again.")
    return view


def _view(
    row: Seeding,
    made: Exercise,
    said: Envelope,
    model: ActionView,
    verdict: Verdict,
    active: Active,
    at: datetime,
) -> ActionView:
    schema, tool = active.policy.schema_sha256(model.tool), model.tool
    args = strict_json.canonical(made.args)
    seeded = {
        "kind": made.kind.value,
        "pointer": made.pointer,
        "as": model.agent_name,
        "owner": model.agent_owner_id,
    }
    return ActionView(
        id=ids.new("act", at),
        workspace_id=row.workspace_id,
        workspace_slug=row.workspace.slug,
        state=State.PENDING.value,
        version=0,
        revision=1,
        digest=digest.action_digest(
            workspace=row.workspace_id,
            agent=row.agent_id,
            tool=tool,
            tool_schema_sha256=schema,
            args=args,
            revision=1,
        ),
        tool=tool,
        args=args,
        agent_id=row.agent_id,
        agent_name=model.agent_name,
        agent_owner_id=model.agent_owner_id,
        agent_version_id=None,
        key_id="",
        trace_id="",
        risk=verdict.risk,
        policy_version_id=active.version_id,
        policy=asking.reasoned(verdict, active.version_id),
        terms={**asking.terms(verdict, said, schema_sha256=schema), **NOTHING_RUNS, "seeded": seeded},
        effect_sentence=effect_sentence(active.policy, tool, made.args) or "",
        question="",
        created_at=at,
        target_at=at + verdict.obligations.target,
        expires_at=asking.expires_at(verdict, said, at),
        decided_at=None,
        envelope=envelope.claims(said),
        author_id=row.agent_id,
    )
