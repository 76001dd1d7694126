"""Readiness, confidence, drift, scheduled gates, judges and outcomes over the API, by keys with evals:write and by
people who may read or make evaluation. A control is a person's word, so that no key of a pipeline lowers it.
"""

from accounts.queries import Member
from agents_api import auth, errors, feedback_output
from agents_api.auth import Who
from agents_api.idempotency import Answer, Ticket
from agents_api.output import dumps
from agents_api.serializers import ControlIn, JudgeIn, OutcomeIn, PlanIn
from feedback import services
from feedback.queries import evaluation, find_dataset, outcomes, plans
from feedback.services import planning, readiness
from tenancy import ids

PAGE = 50


def set_control(ticket: Ticket, asked: ControlIn) -> Answer:
    """Raises a 403 for a key."""
    found = ticket.who
    if not isinstance(found, Member):
        raise errors.forbidden("people_only", "A control is set by a person. Use a person's own token.")

    def run() -> Answer:
        readiness.set_control(
            actor=auth.actor_of(found),
            at=ticket.at,
            workspace_id=found.workspace_id,
            name=asked.name,
            owner_id=asked.owner,
            threshold=asked.threshold,
            currency=asked.currency,
            waived=asked.waived,
            why=asked.why,
        )
        return Answer(200, feedback_output.readiness(found.workspace_id, ticket.at))

    return ticket.around(run)


def plan(ticket: Ticket, asked: PlanIn) -> Answer:
    def run() -> Answer:
        workspace_id = ticket.who.workspace_id
        made = planning.plan_gate(
            actor=auth.actor_of(ticket.who),
            at=ticket.at,
            workspace_id=workspace_id,
            dataset_id=find_dataset(workspace_id, asked.dataset).id,
            agent_name=asked.agent,
            spec=asked.spec,
            every=asked.every,
            owner_id=asked.owner,
            baseline=asked.baseline,
        )
        view = next(one for one in plans.plans(workspace_id) if one.id == made)
        return Answer(201, dumps(feedback_output.plan_tree(view)))

    return ticket.around(run)


def end_plan(ticket: Ticket, plan_id: str) -> Answer:
    def run() -> Answer:
        planning.end_plan(
            actor=auth.actor_of(ticket.who), at=ticket.at, workspace_id=ticket.who.workspace_id, plan_id=plan_id
        )
        return Answer(200, dumps({"id": plan_id}))

    return ticket.around(run)


def calibrate(ticket: Ticket, asked: JudgeIn) -> Answer:
    def run() -> Answer:
        workspace_id = ticket.who.workspace_id
        services.calibrate_judge(
            actor=auth.actor_of(ticket.who),
            at=ticket.at,
            workspace_id=workspace_id,
            run_id=asked.run,
            judge_name=asked.judge,
            human=asked.human,
        )
        return Answer(201, dumps(feedback_output.judge_tree(evaluation.calibrations(workspace_id)[0])))

    return ticket.around(run)


def tell(ticket: Ticket, asked: OutcomeIn) -> Answer:
    def run() -> Answer:
        workspace_id = ticket.who.workspace_id
        made = services.judge_outcome(
            actor=auth.actor_of(ticket.who),
            at=ticket.at,
            workspace_id=workspace_id,
            action_id=asked.action if ids.is_id(asked.action, "act") else "",
            right=asked.right,
            severe=asked.severe,
            kind=asked.kind,
            comment=asked.comment,
        )
        return Answer(
            201, dumps(feedback_output.outcome_tree(outcomes.outcomes(workspace_id, after=made + 1, limit=1)[0]))
        )

    return ticket.around(run)


def told(found: Who, after: int | None) -> bytes:
    rows = outcomes.outcomes(found.workspace_id, after=after, limit=PAGE + 1)
    following = rows[PAGE - 1].id if len(rows) > PAGE else None
    return dumps({"items": [feedback_output.outcome_tree(row) for row in rows[:PAGE]], "next": following})
