"""submit and validate: what opens an action, what is refused, and what a caller can only tighten."""

from datetime import timedelta

import pytest

from accounts import services as accounts
from accounts.models import AgentVersion
from approvals import envelope, errors, policies, queries, services
from approvals.models import Action, IdempotencyKey, PolicyVersion, Revision, Timer
from approvals.services import remembering
from audit.actor import OPERATOR
from audit.models import Event
from tests.approvals.presses import find, grant_of, spend
from tests.cast import POLICY, Stage, use_policy

SMALL = {"customer_id": "cus_1", "amount_usd": 20}


def nothing_was_stored() -> bool:
    stories = Event.objects.filter(kind__startswith="action:").exists()
    return not (Action.everywhere.exists() or Revision.everywhere.exists() or stories or Timer.everywhere.exists())


@pytest.mark.parametrize(
    ("tool", "args", "state", "source"),
    [
        ("billing.refund", SMALL, "approved", "policy"),
        ("billing.refund", {"customer_id": "cus_1", "amount_usd": 80}, "pending", None),
        ("crm.delete", {"id": "7"}, "rejected", "policy"),
        ("unheard.of", {}, "pending", None),
    ],
)
def test_policy_answers_at_once_where_it_can(
    stage: Stage, tool: str, args: dict[str, object], state: str, source: str | None
) -> None:
    view = stage.submit(tool, args)
    assert (view.state, view.decision.source if view.decision else None) == (state, source)
    assert view == find(stage, view)
    kinds = ["action:submitted"] if source is None else ["action:submitted", "action:decided"]
    assert [event.kind for event in queries.history(view)] == kinds


def test_arguments_that_break_the_schema_are_refused_with_their_place(stage: Stage) -> None:
    with pytest.raises(errors.BrokenContract) as refusal:
        stage.submit(args={"customer_id": 7, "amount_usd": 20})
    assert [fault.pointer for fault in refusal.value.faults] == ["/tool_call/args/customer_id"]
    assert nothing_was_stored()


def test_arguments_over_64_kib_are_refused(stage: Stage) -> None:
    with pytest.raises(errors.TooLarge) as refusal:
        stage.submit(args={**SMALL, "note": "x" * 70_000})
    assert refusal.value.faults[0].pointer == "/tool_call/args"
    assert nothing_was_stored()


def test_a_key_speaks_for_its_own_agent(stage: Stage) -> None:
    assert stage.submit(actor="otto_v2").agent_name == "otto"
    with pytest.raises(errors.BadRequest) as refusal:
        stage.submit(actor="ottoman")
    assert (refusal.value.code, refusal.value.faults[0].pointer) == ("wrong_actor", "/actor")


def test_a_caller_shortens_times_but_never_lengthens_them(stage: Stage) -> None:
    short = stage.submit(expires_in=60, execute_within=30)
    long = stage.submit(expires_in=2_592_000, execute_within=86_400)
    assert (short.expires_at - stage.at, short.terms["execute_within"]) == (timedelta(seconds=60), 30)
    assert (long.expires_at - stage.at, long.terms["execute_within"]) == (timedelta(hours=4), 900)
    grant = stage.review("ada", short).grant
    assert grant is not None
    assert grant.expires_at - grant.issued_at == timedelta(seconds=30)


@pytest.mark.parametrize("off", ["key", "agent"])
def test_a_key_that_was_switched_off_a_moment_ago_opens_nothing(stage: Stage, off: str) -> None:
    if off == "key":
        accounts.revoke_key(actor=OPERATOR, at=stage.at, workspace_id=stage.id, key_id=stage.otto.key_id)
    else:
        accounts.disable_agent(actor=OPERATOR, at=stage.at, workspace_id=stage.id, agent_id=stage.otto.agent_id)
    for args in (SMALL, None):
        with pytest.raises(errors.CallerGone):
            stage.submit(args=args)
    assert nothing_was_stored()


def test_a_stale_belief_about_the_policy_decides_nothing(stage: Stage) -> None:
    stage.submit()
    believed = policies._pointers[stage.id]
    version = use_policy(stage, POLICY.replace("args.amount_usd <= 50", "args.amount_usd <= 10"))
    policies._pointers[stage.id] = believed
    view = stage.submit(args=SMALL)
    assert (view.state, view.policy_version_id) == ("pending", version)


def test_a_workspace_without_a_policy_asks_its_reviewers(other: Stage, stage: Stage) -> None:
    agent = accounts.create_agent(
        actor=OPERATOR, at=other.at, workspace_id=other.id, name="mia", owner_id=other.people["cleo"]
    )
    key = accounts.issue_key(actor=OPERATOR, at=other.at, workspace_id=other.id, name="mia's key", agent_id=agent.id)
    other.otto = type(stage.otto)(key.id, other.id, "other", agent.id, "mia", other.people["cleo"], (), None)
    view = other.submit(args=SMALL)
    assert (view.state, view.needs) == ("pending", [{"group": "reviewers", "approvals": 0, "quorum": 1}])
    other.submit(args=SMALL)
    assert list(PolicyVersion.everywhere.filter(workspace_id=other.id).values_list("text", flat=True)) == [
        policies.DEFAULT
    ]


def test_what_is_superseded_is_withdrawn_and_says_so(stage: Stage) -> None:
    old = stage.submit()
    new = stage.submit(supersedes=old.id)
    ended = find(stage, old)
    assert ended.decision is not None
    assert (ended.state, ended.decision.source, ended.decision.reason_code) == ("withdrawn", "agent", "superseded")
    assert new.state == "pending"


def test_a_grant_that_is_not_spent_goes_with_what_is_superseded(stage: Stage) -> None:
    done = stage.review("ada", stage.submit())
    token = grant_of(stage, done)
    stage.submit(supersedes=done.id)
    left = find(stage, done)
    assert left.grant is not None
    assert (left.state, left.grant.revoked_at) == ("approved", stage.at)
    revoked = queries.history(done)[-1]
    assert (revoked.kind, revoked.data["because"], revoked.actor_kind) == ("grant:revoked", "superseded", "agent")
    with pytest.raises(errors.GrantRefused) as refusal:
        spend(stage, done, token)
    assert refusal.value.detail == "A newer action replaced this one. The grant is revoked; do not run."


@pytest.mark.parametrize("ending", ["rejected", "spent", "over"])
def test_what_holds_no_live_grant_is_superseded_without_a_trace_on_it(stage: Stage, ending: str) -> None:
    at = stage.at - timedelta(hours=1) if ending == "over" else stage.at
    old = stage.submit(args={**SMALL, "amount_usd": 5}, at=at) if ending == "over" else stage.submit(at=at)
    if ending != "over":
        stage.review("ada", old, "reject" if ending == "rejected" else "approve")
    if ending == "spent":
        spend(stage, old)
    before, story = find(stage, old), queries.history(old)
    stage.submit(supersedes=old.id)
    assert (find(stage, old), queries.history(old)) == (before, story)


def test_a_refused_submission_revokes_nothing(stage: Stage) -> None:
    old = stage.review("ada", stage.submit())
    with pytest.raises(errors.BrokenContract):
        stage.submit(args={"customer_id": 7}, supersedes=old.id)
    assert find(stage, old) == old


def test_only_an_action_of_this_agent_can_be_superseded(stage: Stage) -> None:
    with pytest.raises(errors.BadRequest) as refusal:
        stage.submit(supersedes="act_01m7w97t3qe0t9ewz3n3rzg80k")
    assert refusal.value.faults[0].pointer == "/supersedes"
    assert nothing_was_stored()


def test_a_refused_submission_supersedes_nothing(stage: Stage) -> None:
    old = stage.submit()
    with pytest.raises(errors.BrokenContract):
        stage.submit(args={"customer_id": 7}, supersedes=old.id)
    assert find(stage, old) == old


def test_one_idempotency_key_opens_one_action(stage: Stage) -> None:
    def remember(view: object) -> object:
        return remembering.row(
            caller_id=stage.otto.key_id, key="k", body_sha256=b"h", status=201, answer=b"{}", at=stage.at
        )

    first = stage.submit(remember=remember)  # type: ignore[arg-type]
    for claims in ({}, {"supersedes": first.id}):
        with pytest.raises(errors.AlreadyAnswered):
            stage.submit(remember=remember, **claims)  # type: ignore[arg-type]
    assert (Action.everywhere.count(), IdempotencyKey.objects.count(), find(stage, first)) == (1, 1, first)


@pytest.mark.parametrize(
    ("args", "effect", "problems"),
    [(SMALL, "require_approval", []), ({"customer_id": "c"}, "deny", ["/tool_call/args"])],
)
def test_validate_answers_as_submit_would_and_stores_nothing(
    stage: Stage, args: dict[str, object], effect: str, problems: list[str]
) -> None:
    asked = envelope.read({"tool_call": {"name": "billing.refund", "args": args}, "agent_version": {"label": "v9"}})
    before = Event.objects.count()
    found = services.validate(at=stage.at, caller=stage.otto, envelope=asked)
    # An unknown version of an agent is a candidate, which never acts alone.
    assert found.verdict.effect == effect
    assert [fault.pointer for fault in found.problems] == problems
    assert nothing_was_stored()
    assert (Event.objects.count(), AgentVersion.everywhere.count()) == (before, 0)


@pytest.mark.parametrize("length", [80, 81, 200, 201, 5000])
def test_a_counterpart_of_any_length_is_kept(stage: Stage, length: int) -> None:
    view = stage.submit(args={"customer_id": "c" * length, "amount_usd": 80})
    kept = Action.everywhere.get(pk=view.id).counterpart
    assert (view.state, kept.startswith("sha256:")) == ("pending", length > 80)
