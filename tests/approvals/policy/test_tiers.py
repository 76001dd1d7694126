"""Allow-lists, tiers and states of versions: each only tightens what the rules say."""

from decimal import Decimal

import pytest

from approvals.policy.evaluate import evaluate
from approvals.policy.model import Canary
from approvals.policy.tiers import in_share
from tests.approvals.policy.sentences import ask, call, policy

ALLOW = "rules: [{id: small, tools: [billing.refund], effect: allow}]\n"
DENY = "rules: [{id: never, tools: [billing.refund], effect: deny}]\n"
CAP = "limits: [{id: cap, tools: [billing.refund], count: true, per: agent, window: 24h, max: 9}]\n"
CAP_ON_ALL = "limits: [{id: cap, count: true, per: agent, window: 24h, max: 9}]\n"


def otto(tier: str, tools: str = '"*": {}') -> str:
    return f"\nagents:\n  otto: {{tier: {tier}, tools: {{{tools}}}, versions: {{v1: live, v2: {{canary: 50%}}}}}}\n"


@pytest.mark.parametrize(
    ("sentence", "tier", "text", "effect", "rule", "no_grant"),
    [
        ("draft asks, and gives no grant", "draft", ALLOW, "require_approval", None, True),
        ("draft keeps a denial", "draft", DENY, "deny", "never", False),
        ("approvals asks", "approvals", ALLOW, "require_approval", None, False),
        ("approvals keeps a denial", "approvals", DENY, "deny", "never", False),
        ("limits allows inside a rule and a limit", "limits", ALLOW + CAP, "allow", "small", False),
        ("limits asks without a limit", "limits", ALLOW, "require_approval", None, False),
        ("limits asks where no limit names the tool", "limits", ALLOW + CAP_ON_ALL, "require_approval", None, False),
        (
            "limits asks outside every rule",
            "limits",
            "defaults: {effect: allow}\n" + CAP,
            "require_approval",
            None,
            False,
        ),
        ("limits keeps a denial", "limits", DENY + CAP, "deny", "never", False),
        ("autonomous takes the rules' word", "autonomous", ALLOW, "allow", "small", False),
        ("autonomous takes the default's word", "autonomous", "defaults: {effect: allow}\n", "allow", None, False),
    ],
)
def test_tier(sentence: str, tier: str, text: str, effect: str, rule: str | None, *, no_grant: bool) -> None:
    verdict = ask(text, agents=otto(tier))
    assert (verdict.effect, verdict.rule, verdict.no_grant) == (effect, rule, no_grant), sentence


@pytest.mark.parametrize(
    ("sentence", "tools", "tier"),
    [
        ("the agent's tier holds where the tool has none", '"*": {}', "approvals"),
        ("a tool's own tier beats the agent's, upwards", "billing.refund: {tier: autonomous}", "autonomous"),
        ("a tool's own tier beats the agent's, downwards", "billing.refund: {tier: draft}", "draft"),
        ("the closer pattern holds", '"*": {tier: draft}, "billing.*": {tier: limits}', "limits"),
        ("the plain name is closest", '"billing.refun*": {tier: draft}, billing.refund: {tier: limits}', "limits"),
        (
            "of two as close the lower holds",
            '"billing.*": {tier: limits}, "*.refund1": {}, "*g.refund": {tier: draft}',
            "draft",
        ),
    ],
)
def test_which_tier_holds(sentence: str, tools: str, tier: str) -> None:
    assert ask("", agents=otto("approvals", tools)).tier == tier, sentence


def test_outside_the_allow_list_is_denied() -> None:
    verdict = ask(ALLOW, agents=otto("autonomous", '"crm.*": {}'))
    assert (verdict.effect, verdict.rule, verdict.reason_code) == ("deny", None, "outside_allow_list")
    assert verdict.explanation == "Denied because billing.refund is not on the list of tools of agent otto."


def test_an_empty_allow_list_denies_everything() -> None:
    assert ask(ALLOW, agents="\nagents: {otto: {tools: {}}}\n").reason_code == "outside_allow_list"


def test_an_agent_that_is_not_listed_may_ask_for_every_tool() -> None:
    verdict = ask(ALLOW, agent="stranger")
    assert (verdict.effect, verdict.tier) == ("require_approval", "approvals")


@pytest.mark.parametrize(
    ("sentence", "tier", "manifest", "effect", "code"),
    [
        ("no manifest takes the agent's tier", "autonomous", None, "allow", None),
        ("live takes the agent's tier", "autonomous", "live", "allow", None),
        ("a candidate asks", "autonomous", "candidate", "require_approval", None),
        ("blocked is denied", "autonomous", "blocked", "deny", "version_blocked"),
        ("blocked is denied in tier draft too", "draft", "blocked", "deny", "version_blocked"),
        ("a canary of 100 % allows", "autonomous", Canary(Decimal(100)), "allow", None),
        ("a canary of 0 % asks", "autonomous", Canary(Decimal(0)), "require_approval", None),
        ("a canary lifts no lower tier", "approvals", Canary(Decimal(100)), "require_approval", None),
    ],
)
def test_state_of_the_version(sentence: str, tier: str, manifest: object, effect: str, code: str | None) -> None:
    verdict = ask(ALLOW, agents=otto(tier), manifest=manifest)
    assert (verdict.effect, verdict.reason_code) == (effect, code), sentence


def test_a_candidate_in_draft_still_gets_no_grant() -> None:
    assert ask(ALLOW, agents=otto("draft"), manifest="candidate").no_grant is True


def test_a_claimed_label_dodges_nothing() -> None:
    ready = policy("", agents=otto("autonomous"))
    assert ready.version_state("otto", label=None, has_manifest=False) is None
    assert ready.version_state("otto", label="v1", has_manifest=True) == "live"
    assert ready.version_state("otto", label="v2", has_manifest=True) == Canary(Decimal(50))
    assert ready.version_state("otto", label="v9", has_manifest=True) == "candidate"
    assert ready.version_state("otto", label=None, has_manifest=True) == "candidate"
    assert ready.version_state("stranger", label="v1", has_manifest=True) == "candidate"
    assert evaluate(policy(ALLOW), call(manifest="candidate", agent_version="v1")).effect == "require_approval"


def test_a_trace_stays_on_its_side_of_a_canary_and_the_share_is_kept() -> None:
    canary = Canary(Decimal("12.5"))
    inside = [in_share(call(trace_id=f"tr_{number}"), canary) for number in range(4000)]
    assert inside == [in_share(call(trace_id=f"tr_{number}"), canary) for number in range(4000)]
    assert 400 < sum(inside) < 600
    assert in_share(call(trace_id=None), Canary(Decimal(100))) is False
