"""A claim says who is at an action, for five minutes. It keeps nobody from deciding."""

from datetime import timedelta

import pytest

from approvals import queries, services
from approvals.answers import ActionView
from approvals.errors import AlreadyDecided, AlreadyReviewed, HeldByAnother, NotAReviewer, OwnAction
from approvals.models import Claim
from approvals.queries import InboxFilter
from approvals.services import claims
from approvals.services.claims import LEASE, ClaimView
from audit.actor import Door
from outbox.models import Message
from tests.cast import Stage

SECOND = timedelta(seconds=1)


def claim(stage: Stage, name: str, view: ActionView, after: timedelta = timedelta()) -> ClaimView:
    member = stage.member(name)
    return services.claim(actor=member.actor(Door.WEB), at=stage.at + after, member=member, action_id=view.id)


def release(stage: Stage, name: str, view: ActionView) -> bool:
    member = stage.member(name)
    return services.release(actor=member.actor(Door.WEB), at=stage.at, member=member, action_id=view.id)


def holder(stage: Stage, view: ActionView, after: timedelta = timedelta()) -> str:
    found = claims.held(stage.id, [view.id], stage.at + after).get(view.id)
    return found.name if found else ""


def told(view: ActionView) -> list[str]:
    found = Message.objects.filter(sink="live", subject=view.id).order_by("id")
    return [message.kind for message in found if message.kind.startswith("claim")]


def test_ben_has_it_for_five_minutes_and_not_a_moment_longer(stage: Stage) -> None:
    view = stage.submit()
    assert claim(stage, "ben", view) == ClaimView(view.id, stage.people["ben"], "Ben", stage.at + LEASE)
    assert [holder(stage, view, LEASE - SECOND), holder(stage, view, LEASE)] == ["Ben", ""]


def test_ada_reads_who_has_it_and_may_still_decide(stage: Stage) -> None:
    view = stage.submit()
    until = claim(stage, "ben", view).until
    with pytest.raises(HeldByAnother) as refused:
        claim(stage, "ada", view, LEASE - SECOND)
    assert refused.value.detail == f"Ben has it until {until:%H:%M} UTC. You may still decide it yourself."
    assert stage.review("ada", view).state == "approved"


def test_a_claim_that_ran_out_passes_to_the_next(stage: Stage) -> None:
    view = stage.submit()
    claim(stage, "ben", view)
    claim(stage, "ada", view, LEASE)
    assert holder(stage, view, LEASE) == "Ada"


def test_taking_it_again_begins_the_lease_again_and_tells_nothing_new(stage: Stage) -> None:
    view = stage.submit()
    claim(stage, "ben", view)
    assert claim(stage, "ben", view, SECOND).until == stage.at + SECOND + LEASE
    assert told(view) == ["claim.taken"]


def test_each_change_is_a_fact_and_is_told(stage: Stage) -> None:
    view = stage.submit()
    claim(stage, "ben", view)
    assert [release(stage, "ada", view), release(stage, "ben", view), release(stage, "ben", view)] == [
        False,
        True,
        False,
    ]
    story = [(event.kind, event.actor_id) for event in queries.history(view)]
    assert sorted(story[1:]) == [("claim:released", stage.people["ben"]), ("claim:taken", stage.people["ben"])]
    assert told(view) == ["claim.taken", "claim.released"]
    assert holder(stage, view) == ""


def test_who_looks_keeps_it_while_it_lasts(stage: Stage) -> None:
    view = stage.submit()
    claim(stage, "ben", view)
    later = stage.at + LEASE - SECOND
    kept = services.keep_claim(at=later, member=stage.member("ben"), action_id=view.id)
    assert kept == ClaimView(view.id, stage.people["ben"], "Ben", later + LEASE)
    assert services.keep_claim(at=later, member=stage.member("ada"), action_id=view.id) is None
    assert services.keep_claim(at=later + LEASE, member=stage.member("ben"), action_id=view.id) is None
    assert told(view) == ["claim.taken", "claim.kept"]


def test_a_decision_ends_it(stage: Stage) -> None:
    view = stage.submit()
    claim(stage, "ben", view)
    stage.review("ada", view)
    assert services.keep_claim(at=stage.at, member=stage.member("ben"), action_id=view.id) is None
    with pytest.raises(AlreadyDecided):
        claim(stage, "ben", view)


@pytest.mark.parametrize(("name", "why"), [("vera", NotAReviewer), ("dana", NotAReviewer), ("eve", OwnAction)])
def test_who_may_not_decide_does_not_claim(stage: Stage, name: str, why: type[Exception]) -> None:
    with pytest.raises(why):
        claim(stage, name, stage.submit())


def test_who_voted_does_not_claim(stage: Stage) -> None:
    view = stage.submit(args={"customer_id": "cus_1", "amount_usd": 800})
    stage.review("ada", view)
    with pytest.raises(AlreadyReviewed):
        claim(stage, "ada", view)


def test_what_ben_left_lying_about_goes_when_he_claims_again(stage: Stage) -> None:
    first, second = stage.submit(), stage.submit()
    claim(stage, "ben", first)
    claim(stage, "ben", second, LEASE)
    assert list(Claim.everywhere.values_list("action_id", flat=True)) == [second.id]


def test_the_queue_is_narrowed_by_claims(stage: Stage) -> None:
    bens, adas, free = (stage.submit(expires_in=600 + n) for n in range(3))
    claim(stage, "ben", bens)
    claim(stage, "ada", adas)

    def found(**asked: object) -> list[str]:
        filters = InboxFilter(at=stage.at, **asked)  # type: ignore[arg-type]
        return [view.id for view in queries.inbox(stage.id, filters=filters, after=None)]

    assert found(held_by=stage.people["ben"]) == [bens.id]
    assert found(unheld=True) == [free.id]
    assert found(free_for=stage.people["ben"]) == [bens.id, free.id]


def test_the_queue_is_narrowed_by_group_and_deadline(stage: Stage) -> None:
    large = stage.submit(args={"customer_id": "cus_1", "amount_usd": 800}, expires_in=3600)
    small = stage.submit(expires_in=600)

    def found(**asked: object) -> list[str]:
        return [
            view.id
            for view in queries.inbox(stage.id, filters=InboxFilter(**asked), after=None)  # type: ignore[arg-type]
        ]

    assert [found(group="finance"), found(group="reviewers"), found(group="none")] == [[large.id], [small.id], []]
    assert found(due_by=stage.at + timedelta(minutes=15)) == [small.id]
    assert found(rule="refunds-over-50", policy_version_id=small.policy_version_id, inspectable=True) == [
        small.id,
        large.id,
    ]


def test_another_workspace_sees_no_claim(stage: Stage, other: Stage) -> None:
    view = stage.submit()
    claim(stage, "ben", view)
    assert claims.held(other.id, [view.id], stage.at) == {}
