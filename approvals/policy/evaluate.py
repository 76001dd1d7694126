"""The policy's answer: every matching rule is asked, and whatever is most restrictive wins."""

from dataclasses import replace

from approvals.policy import cel
from approvals.policy.compiled import Plan, Policy, compile_document
from approvals.policy.constraints import constraint_grounds
from approvals.policy.describe import amount_by
from approvals.policy.explain import rule_text
from approvals.policy.freezes import freeze_grounds
from approvals.policy.grounds import Ground, leading, sentence
from approvals.policy.limits import Charges, charges_of, limit_grounds
from approvals.policy.model import RISKS, Risk
from approvals.policy.rules import Outcome, run_rules
from approvals.policy.schema import schema_problems
from approvals.policy.stops import Call, stop_grounds, writes
from approvals.policy.tiers import standing_grounds, tier_ground
from approvals.policy.values import plain
from approvals.policy.verdict import Context, SchemaProblem, Verdict, stricter

__all__ = ["Context", "Policy", "Verdict", "compile_document", "evaluate", "stricter"]

_NOTHING_RAN = Outcome(matched=(), top=None, top_results=(), trace=(), errors=())
_NO_CHARGES = Charges(charges=(), loose=(), unreadable=())
_DENIAL_CODES = {"rule": "denied_by_rule", "default": "denied_by_default"}
_FLAGS = ("uninspectable", "uncertain", "schema_mismatch", "limit_unreadable", "freeze")


def evaluate(policy: Policy, context: Context) -> Verdict:
    """The verdict on one call, the same for the same call. Never raises for anything that an agent can send."""
    plan = policy.plan(context.tool)
    problems = schema_problems(plan.validator, context.args) if plan.validator else ()
    if problems and plan.spec and plan.spec.on_schema_error == "refuse":
        ground = Ground("deny", "schema_mismatch", f"the arguments break the schema of {plain(context.tool)}")
        return _verdict(policy, context, plan, [ground], _NOTHING_RAN, _NO_CHARGES, problems)
    tier = policy.standing(context.agent, context.tool).tier
    charges = charges_of(plan, context)
    outcome = run_rules(plan, context, tier, charges)
    grounds = _grounds(policy, context, plan, outcome, charges, problems)
    return _verdict(policy, context, plan, grounds, outcome, charges, problems)


def _grounds(
    policy: Policy,
    context: Context,
    plan: Plan,
    outcome: Outcome,
    charges: Charges,
    problems: tuple[SchemaProblem, ...],
) -> list[Ground]:
    top = outcome.top
    standing = policy.standing(context.agent, context.tool)
    if top is not None:
        found = [Ground(top.rule.effect, "rule", rule_text(top, outcome.top_results, context.tool))]
    else:
        found = [Ground(policy.document.defaults.effect, "default", "no rule matched")]
    inside = top is not None and top.rule.effect == "allow"
    tier = tier_ground(standing.tier, found[0].effect, plan, charges, inside_rule=inside, agent=context.agent)
    if tier is not None:
        found.append(tier)
    if plan.validator is None:
        text = f"{plain(context.tool)} is not described in the policy, so nobody can say what it does"
        found.append(Ground("require_approval", "uninspectable", text))
    if problems:
        text = f"the arguments break the schema of {plain(context.tool)}"
        found.append(Ground("require_approval", "schema_mismatch", text))
    if context.uncertain:
        found.append(Ground("require_approval", "uncertain", "the agent says that it is uncertain"))
    found += standing_grounds(standing, context)
    if context.stops:
        # A blocked version speaks as the version's own state, so it is not looked for here.
        call = Call(context.agent, context.tool, writes(plan.spec), version_id=None)
        found += stop_grounds(context.stops, call)
    found += limit_grounds(charges, context.history)
    if plan.freezes:
        found += freeze_grounds(plan, context)
    if context.constraints:
        amount = amount_by(plan.spec, context.args)
        found += constraint_grounds(context.constraints, context.tool, plan.spec, amount)
    return found


def _verdict(
    policy: Policy,
    context: Context,
    plan: Plan,
    grounds: list[Ground],
    outcome: Outcome,
    charges: Charges,
    problems: tuple[SchemaProblem, ...],
) -> Verdict:
    main = leading(grounds)
    asks = main.effect == "require_approval"
    top = outcome.top if main.code == "rule" else None
    tier = policy.standing(context.agent, context.tool).tier
    codes = {ground.code for ground in grounds}
    flags = [code for code in _FLAGS if code in codes]
    risk = _risk(plan)
    obligations = policy.obligations(outcome.matched, asks=asks)
    if asks and _wants_passkey(policy, risk):
        obligations = replace(obligations, step_up="passkey")
    return Verdict(
        effect=main.effect,
        rule=top.rule.id if top else None,
        explanation=sentence(main),
        reason=top.rule.reason if top else None,
        notes=tuple(sentence(ground) for ground in grounds if ground is not main and ground.effect != "allow"),
        matched=tuple([compiled.rule.id for compiled in outcome.matched]),
        obligations=obligations,
        tier=tier,
        risk=risk,
        undo=policy.document.defaults.undo[risk],
        dwell=policy.document.defaults.dwell[risk],
        no_grant=asks and tier == "draft",
        reason_code=_DENIAL_CODES.get(main.code, main.code) if main.effect == "deny" else None,
        trace=outcome.trace,
        flags=tuple(["clause_error", *flags] if outcome.errors else flags),
        limits=charges.charges,
        over_limits=tuple(charge.id for charge, _ in charges.passed(context.history)),
        schema_problems=problems,
        unprocessable=bool(problems) and main.code == "schema_mismatch" and main.effect == "deny",
        policy_version=policy.version,
        engine=cel.describe(),
        questions=tuple([ground.code for ground in grounds if ground.effect == "require_approval"]) if asks else (),
    )


def _wants_passkey(policy: Policy, risk: Risk) -> bool:
    lowest = policy.document.defaults.passkey_from
    return lowest is not None and RISKS.index(risk) >= RISKS.index(lowest)


def _risk(plan: Plan) -> Risk:
    """The tool's own; one step more where no schema describes its arguments, so that nobody can say what it does."""
    if plan.spec is None:
        return "high"
    step = 0 if plan.validator else 1
    return RISKS[min(RISKS.index(plan.spec.risk) + step, len(RISKS) - 1)]
