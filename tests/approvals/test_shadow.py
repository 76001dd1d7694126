"""A version in shadow is asked about each new action, and binds nobody."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals import services
from approvals.errors import AlreadyClosed, NotFound
from approvals.models import PolicyVersion, ShadowVerdict
from approvals.services.shadow import KEPT, shadow_view
from audit.actor import OPERATOR, Door
from tests.cast import POLICY, Stage

STRICTER = POLICY.replace("args.amount_usd <= 50", "args.amount_usd <= 10")


def tried(stage: Stage, text: str = STRICTER) -> str:
    saved = services.save_policy(actor=OPERATOR, at=stage.at, workspace_id=stage.id, text=text)
    services.start_shadow(
        actor=stage.member("ada").actor(Door.WEB), at=stage.at, workspace_id=stage.id, version_id=saved.id
    )
    return saved.id


def test_what_it_would_have_said_is_kept_and_not_enforced(stage: Stage) -> None:
    version_id = tried(stage)
    let_through = stage.submit(args={"customer_id": "c", "amount_usd": 20})
    stage.submit(args={"customer_id": "c", "amount_usd": 5})
    assert let_through.state == "approved"
    found = shadow_view(stage.id)
    assert found is not None
    assert (found.version_id, found.seen, found.counts) == (version_id, 2, ((1, 1, 0), (0, 0, 0), (0, 0, 0)))
    assert [(one.action_id, one.enforced, one.effect) for one in found.otherwise] == [
        (let_through.id, "allow", "require_approval")
    ]
    assert found.otherwise[0].explanation == "A person must approve because no rule matched."


def test_it_adds_no_round_trip_where_it_is_off_and_one_row_where_it_is_on(stage: Stage) -> None:
    def queries() -> int:
        stage.submit()
        with CaptureQueriesContext(connection) as seen:
            stage.submit()
        return len(seen)

    off = queries()
    tried(stage)
    # PostgreSQL writes the row within the statement that opens the action; SQLite inserts one by one.
    assert queries() - off == (0 if connection.vendor == "postgresql" else 1)
    assert ShadowVerdict.everywhere.count() == 2


def test_it_stops_when_told_and_keeps_what_it_said(stage: Stage) -> None:
    tried(stage)
    stage.submit()
    services.stop_shadow(actor=stage.member("ada").actor(Door.WEB), at=stage.at, workspace_id=stage.id)
    stage.submit()
    assert (shadow_view(stage.id), ShadowVerdict.everywhere.count()) == (None, 1)
    with pytest.raises(AlreadyClosed):
        services.stop_shadow(actor=OPERATOR, at=stage.at, workspace_id=stage.id)


def test_the_version_that_decides_is_no_shadow_of_itself(stage: Stage) -> None:
    with pytest.raises(AlreadyClosed):
        tried(stage, POLICY)


def test_another_workspace_has_no_such_version(stage: Stage, other: Stage) -> None:
    saved = services.save_policy(actor=OPERATOR, at=stage.at, workspace_id=stage.id, text=STRICTER)
    with pytest.raises(NotFound):
        services.start_shadow(actor=OPERATOR, at=other.at, workspace_id=other.id, version_id=saved.id)


def test_what_it_said_is_forgotten_after_a_while(stage: Stage) -> None:
    tried(stage)
    stage.submit()
    later = stage.at + KEPT + timedelta(seconds=1)
    assert (services.forget_shadows(at=stage.at), services.forget_shadows(at=later)) == (0, 1)


def test_a_shadow_that_cannot_be_read_keeps_nobody_from_asking(stage: Stage) -> None:
    odd = {"text": "name: x\nfuture: 1\n", "sha256": "0" * 64, "name": "x", "created_at": stage.at}
    version = PolicyVersion.everywhere.create(workspace_id=stage.id, author_id="", author_name="", **odd)
    services.start_shadow(actor=OPERATOR, at=stage.at, workspace_id=stage.id, version_id=version.id)
    assert stage.submit().state == "pending"
    assert ShadowVerdict.everywhere.count() == 0
