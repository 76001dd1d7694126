"""Two or more press at the same moment, each over a connection of their own."""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from approvals import errors, queries, services
from approvals.answers import ActionView
from approvals.lifecycle import Remember
from approvals.models import Action, ActivePolicy, Decision, Execution, IdempotencyKey, Revision, Timer
from approvals.services import remembering
from approvals.strict_json import canonical
from audit.actor import OPERATOR, Door
from audit.models import Event
from tests.approvals.presses import edit, grant_of, spend
from tests.cast import POLICY, Stage, add_person, use_policy
from tests.flows.at_once import press

pytestmark = pytest.mark.race
BIG = {"customer_id": "cus_1", "amount_usd": 800}
SMALL = {"customer_id": "cus_1", "amount_usd": 20}


def voting(stage: Stage, name: str, view: ActionView, verdict: str = "approve", **options: Any) -> Any:
    """The member is read before the barrier, so that nothing but the vote is raced."""
    member = stage.member(name)
    return partial(
        services.review,
        actor=member.actor(Door.WEB, "password"),
        at=stage.at,
        member=member,
        action_id=view.id,
        revision=view.revision,
        digest=view.digest,
        verdict=verdict,
        **options,
    )


def kinds(told: list[Any]) -> Counter[str]:
    return Counter(type(one).__name__ for one in told)


def events(view: ActionView) -> Counter[str]:
    return Counter(Event.objects.filter(action_id=view.id).values_list("kind", flat=True))


def test_of_two_reviewers_one_decides_and_the_other_reads_who_was_first(open_stage: Stage) -> None:
    for n in range(200):
        view = open_stage.submit()
        told = press(
            [voting(open_stage, "ada", view), voting(open_stage, "ben", view, "reject" if n % 2 else "approve")]
        )
        assert kinds(told) == {"ActionView": 1, "AlreadyDecided": 1}
        first = "Ada" if isinstance(told[0], ActionView) else "Ben"
        loser = next(one for one in told if isinstance(one, errors.AlreadyDecided))
        assert loser.detail.startswith(f"{first} {'rejected' if first == 'Ben' and n % 2 else 'approved'} this at ")
        assert events(view)["action:decided"] == Decision.everywhere.filter(action_id=view.id).count() == 1


def test_of_two_last_votes_none_is_lost(open_stage: Stage) -> None:
    for _ in range(30):
        view = open_stage.submit(args=BIG)
        told = press([voting(open_stage, "ada", view), voting(open_stage, "ben", view)])
        assert sorted(one.state for one in told) == ["approved", "pending"]
        done = queries.find(open_stage.id, view.id)
        assert (done.state, len(done.votes)) == ("approved", 2)
        assert events(view) == {"action:submitted": 1, "review:approved": 1, "action:decided": 1}


def test_one_person_at_two_doors_counts_once(open_stage: Stage) -> None:
    for _ in range(20):
        view = open_stage.submit(args=BIG)
        told = press([voting(open_stage, "ada", view) for _ in range(3)])
        assert kinds(told) == {"ActionView": 1, "AlreadyReviewed": 2}
        assert len(queries.find(open_stage.id, view.id).votes) == 1


def test_a_grant_spent_50_times_at_once_is_spent_once(open_stage: Stage) -> None:
    view = open_stage.submit(args=SMALL)
    token = grant_of(open_stage, view)
    told = press([partial(spend, open_stage, view, token) for _ in range(50)])
    refused = [one.code for one in told if isinstance(one, errors.GrantRefused)]
    assert (kinds(told), set(refused)) == ({"Spent": 1, "GrantRefused": 49}, {"grant_spent"})
    assert (events(view)["grant:spent"], Execution.everywhere.count()) == (1, 1)


def test_one_idempotency_key_8_times_at_once_is_one_action(open_stage: Stage) -> None:
    def remember(key: str) -> Remember:
        row = {"caller_id": "key_x", "key": key, "body_sha256": b"h", "status": 201, "answer": b"{}"}
        return lambda view: remembering.row(at=open_stage.at, **row)  # type: ignore[arg-type]

    for n in range(5):
        told = press([partial(open_stage.submit, remember=remember(f"k{n}")) for _ in range(8)])
        assert kinds(told) == {"ActionView": 1, "AlreadyAnswered": 7}
    assert (Action.everywhere.count(), IdempotencyKey.objects.count()) == (5, 5)
    view = open_stage.submit()
    told = press([voting(open_stage, "ada", view, remember=remember("vote")) for _ in range(8)])
    assert kinds(told)["ActionView"] == 1
    assert IdempotencyKey.objects.filter(key="vote").count() == 1


def test_two_sweepers_fire_each_timer_once(open_stage: Stage) -> None:
    views = [open_stage.submit(at=open_stage.at - timedelta(hours=5)) for _ in range(200)]
    sweep = partial(services.fire_due, at=open_stage.at, limit=200)
    told = press([sweep, sweep])
    assert sum(told) == 200
    assert Timer.everywhere.filter(fired_at=open_stage.at, cancelled_at=None).count() == 200
    assert Decision.everywhere.filter(outcome="expired").count() == 200
    assert all(events(view) == {"action:submitted": 1, "action:decided": 1} for view in views)


def test_an_edit_and_an_approval_at_once_never_mix(open_stage: Stage) -> None:
    for _ in range(30):
        view = open_stage.submit()
        args = canonical({"customer_id": "cus_1", "amount_usd": 60})
        told = press([voting(open_stage, "ada", view, args=args), voting(open_stage, "ben", view)])
        assert kinds(told) == {"ActionView": 1, "AlreadyDecided": 1}
        done = queries.find(open_stage.id, view.id)
        edited = isinstance(told[0], ActionView)
        assert (done.revision, Revision.everywhere.filter(action_id=view.id).count()) == (1 + edited, 1 + edited)
        assert (b"60" in done.args) == edited
        assert done.decision is not None
        assert [person["name"] for person in done.decision.decided_by] == ["Ada" if edited else "Ben"]


def test_a_vote_on_what_is_being_edited_is_stale_or_void(open_stage: Stage) -> None:
    add_person(open_stage, "fay", "reviewer", ("finance",))
    for n in range(20):
        view = open_stage.submit(args=BIG)
        told = press([partial(edit, open_stage, "ada", view, amount_usd=700 + n), voting(open_stage, "ben", view)])
        assert isinstance(told[1], ActionView | errors.StaleRevision)
        now = queries.find(open_stage.id, view.id)
        assert isinstance(told[0], ActionView)
        assert (now.state, now.revision, now.votes) == ("pending", 2, ())


def test_a_policy_that_is_activated_meanwhile_governs_what_is_opened_after_it(open_stage: Stage) -> None:
    texts = (POLICY, POLICY.replace("args.amount_usd <= 50", "args.amount_usd <= 10"))
    versions = [use_policy(open_stage, text) for text in texts]

    def activate(version_id: str) -> None:
        services.activate_policy(actor=OPERATOR, at=open_stage.at, workspace_id=open_stage.id, version_id=version_id)

    for n in range(25):
        activate(versions[0])
        told = press([*[partial(open_stage.submit, args=SMALL)] * 3, partial(activate, versions[1])])
        assert kinds(told[:3])["ActionView"] == 3 - kinds(told[:3])["PolicyMoved"]
        by_version = {versions[0]: "approved", versions[1]: "pending"}
        assert all(v.state == by_version[v.policy_version_id] for v in told[:3] if isinstance(v, ActionView)), n
        assert ActivePolicy.everywhere.get(pk=open_stage.id).version_id == versions[1]
        assert open_stage.submit(args=SMALL).policy_version_id == versions[1]
