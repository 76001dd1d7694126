"""Gates that are judged by themselves: at each new run, or each day or week, with a letter to whoever owns them."""

from datetime import datetime, timedelta
from typing import Any

from accounts import queries as accounts
from accounts.roles import Verb
from approvals.errors import ApprovalError, BadRequest, Conflict, Fault, NotFound
from audit import record
from audit.actor import SYSTEM, Actor
from audit.kinds import EventKind
from feedback import queries
from feedback.gate.spec import SpecFault, parse
from feedback.models import GatePlan
from feedback.queries import plans
from feedback.queries.plans import PLANS_MAX
from feedback.services import gate_letters, gates, readiness
from outbox import jobs
from outbox.jobs import JobFailed, Work
from tenancy import ids, scope

KIND = "gate"
AT_ONCE = 20
# How soon a new run is found.
LOOK = timedelta(minutes=1)
EVERY = {"run": LOOK, "day": timedelta(days=1), "week": timedelta(weeks=1)}


def plan_gate(
    *, actor: Actor, at: datetime, workspace_id: str, dataset_id: str, agent_name: str, spec: Any, every: str,
    owner_id: str, baseline: str = "tag:baseline",
) -> str:  # fmt: skip
    """The id of the plan. A gate by the day or week is judged for the first time one such span from now. Runs that were
    closed before are not judged.

    Raises NotFound (the dataset), BadRequest, Conflict (a hundred are on already).
    """
    dataset = queries.find_dataset(workspace_id, dataset_id)
    name = _checked(workspace_id, spec, every, owner_id, agent_name)
    before = plans.newest_run(workspace_id, dataset.id, agent_name)
    with scope.acting(workspace_id):
        if GatePlan.objects.filter(ended_at=None).count() >= PLANS_MAX:
            raise Conflict(f"There are {PLANS_MAX} scheduled gates already. End one first.", code="too_many")
        row = GatePlan(
            id=ids.new("gpl", at),
            workspace_id=workspace_id,
            dataset_id=dataset.id,
            agent_name=agent_name,
            name=name,
            spec=dict(spec),
            baseline=baseline,
            every=every,
            owner_id=owner_id,
            owner_name=_name(workspace_id, owner_id, at),
            judged_run=before.pk if before else "",
            next_at=at + EVERY[every],
            by_name=actor.label,
            created_at=at,
        )
        row.save(force_insert=True)
        _note(EventKind.GATE_PLANNED, row, actor, at)
    return row.pk


def end_plan(*, actor: Actor, at: datetime, workspace_id: str, plan_id: str) -> None:
    """Raises NotFound."""
    with scope.acting(workspace_id):
        row = GatePlan.objects.filter(pk=plan_id, ended_at=None).first() if ids.is_id(plan_id, "gpl") else None
        if row is None or not GatePlan.objects.filter(pk=row.pk, ended_at=None).update(ended_at=at):
            raise NotFound(f"There is no scheduled gate {plan_id[:60]} here.")
        _note(EventKind.GATE_UNPLANNED, row, actor, at)


def fire_due(*, at: datetime) -> bool:
    """Hands what is due to the workers; True where more may be. One whose owner is gone ends."""
    due = list(GatePlan.everywhere.filter(next_at__lte=at, ended_at=None).order_by("next_at", "id")[:AT_ONCE])
    for row in due:
        _fire(row, at)
    return len(due) == AT_ONCE


def run(work: Work) -> dict[str, Any]:
    """The job itself: judges one run and tells the owner. One that was lost is judged anew, with the same verdict."""
    given = work.payload
    plan = GatePlan.everywhere.select_related("dataset").get(pk=given["plan"], workspace_id=work.workspace_id)
    work.step(0, 1)
    try:
        found = gates.check_gate(
            actor=SYSTEM,
            at=work.now(),
            workspace_id=work.workspace_id,
            spec=plan.spec,
            baseline=plan.baseline,
            candidate=given["run"],
        )
    except ApprovalError as error:
        with scope.acting(work.workspace_id):
            gate_letters.failed(plan, error.detail, work.now())
        raise JobFailed(error.detail) from error
    with scope.acting(work.workspace_id):
        GatePlan.objects.filter(pk=plan.pk).update(gate_id=found.id)
        gate_letters.judged(plan, found.id, work.now())
    readiness.look(at=work.now(), workspace_id=work.workspace_id)
    return {"gate": found.id, "verdict": found.verdict}


def _fire(row: GatePlan, at: datetime) -> None:
    if row.owner_id not in accounts.holders(row.workspace_id, Verb.READ_DATASET):
        end_plan(actor=SYSTEM, at=at, workspace_id=row.workspace_id, plan_id=row.pk)
        return
    newest = plans.newest_run(row.workspace_id, row.dataset_id, row.agent_name)
    fresh = newest if newest is not None and newest.pk != row.judged_run else None
    with scope.acting(row.workspace_id):
        # Whoever moves the moment hands it out, in one transaction: two pulses judge once.
        mine = GatePlan.objects.filter(pk=row.pk, next_at=row.next_at, ended_at=None)
        judged = fresh.pk if fresh else row.judged_run
        if not mine.update(next_at=_following(row, at), judged_run=judged):
            return
        if fresh is not None:
            payload = {"plan": row.pk, "run": fresh.pk, "name": row.name}
            jobs.start(
                kind=KIND, workspace_id=row.workspace_id, by_id=SYSTEM.id, by_name=SYSTEM.label, payload=payload, at=at
            )
        elif row.every != "run":
            gate_letters.unfed(row, at)


def _following(row: GatePlan, at: datetime) -> datetime:
    """The next of its moments that is still to come, so that a pulse that was away catches up once and not often."""
    span = EVERY[row.every]
    return row.next_at + span * ((at - row.next_at) // span + 1)


def _checked(workspace_id: str, spec: Any, every: str, owner_id: str, agent_name: str) -> str:
    """The gate's name."""
    faults = []
    if every not in EVERY:
        faults.append(Fault("/every", "unknown_word", f"Take one of: {', '.join(EVERY)}."))
    if owner_id not in accounts.holders(workspace_id, Verb.READ_DATASET):
        faults.append(Fault("/owner", "unknown_person", "Name somebody of this workspace who may read evaluation."))
    if not agent_name.strip():
        faults.append(Fault("/agent", "required", "Say whose runs are judged."))
    try:
        name = parse(spec).name
    except SpecFault as fault:
        faults.append(Fault("/spec", "bad_gate", str(fault)))
        name = ""
    if faults:
        raise BadRequest(" ".join(fault.detail for fault in faults), code=faults[0].code, faults=faults)
    return name


def _name(workspace_id: str, owner_id: str, at: datetime) -> str:
    return next(one.name for one in accounts.directory(workspace_id, at) if one.user_id == owner_id)


def _note(kind: EventKind, row: GatePlan, actor: Actor, at: datetime) -> None:
    record.record(
        kind=kind,
        workspace_id=row.workspace_id,
        actor=actor,
        at=at,
        subject=("gate_plan", row.pk),
        data={"gate": row.name, "dataset": row.dataset_id, "agent": row.agent_name, "every": row.every,
              "owner": row.owner_id},
    )  # fmt: skip
