"""Groups and who is in them."""

from datetime import datetime
from typing import Any

import pytest

from accounts import errors, queries, services
from audit.actor import OPERATOR
from tests.accounts.records import last
from tests.cast import Stage


def test_a_group_is_there_for_policies_to_name(stage: Stage, at: datetime) -> None:
    group = services.create_group(actor=OPERATOR, at=at, workspace_id=stage.id, handle="legal", name="Legal")
    assert [row.handle for row in queries.groups(stage.id)] == ["finance", "legal", "reviewers"]
    assert last("group:created", stage.id)["subject"] == {"type": "group", "id": group.id}


@pytest.mark.parametrize("handle", ["", "Legal", "-legal", "legal-", "le gal", "légal", "l" * 61])
def test_a_handle_is_a_plain_word(stage: Stage, at: datetime, handle: str) -> None:
    with pytest.raises(errors.Invalid) as refused:
        services.create_group(actor=OPERATOR, at=at, workspace_id=stage.id, handle=handle, name="Legal")
    assert refused.value.field == "handle"


def test_a_handle_is_used_once_in_a_workspace(stage: Stage, other: Stage, at: datetime) -> None:
    with pytest.raises(errors.Taken):
        services.create_group(actor=OPERATOR, at=at, workspace_id=stage.id, handle="finance", name="Again")
    services.create_group(actor=OPERATOR, at=at, workspace_id=other.id, handle="finance", name="Elsewhere")
    assert [row.name for row in queries.groups(stage.id)] == ["Finance", "Reviewers"]


def test_a_vote_counts_for_a_group_from_joining_to_leaving(stage: Stage, at: datetime) -> None:
    who: dict[str, Any] = {
        "actor": OPERATOR,
        "at": at,
        "workspace_id": stage.id,
        "handle": "finance",
        "user_id": stage.people["eve"],
    }
    services.add_to_group(**who)
    assert stage.member("eve").groups == ("finance",)
    assert last("group:changed", stage.id)["data"] == {"handle": "finance", "added": stage.people["eve"]}
    services.remove_from_group(**who)
    assert stage.member("eve").groups == ()
    assert last("group:changed", stage.id)["data"] == {"handle": "finance", "removed": stage.people["eve"]}


def test_what_does_not_fit_is_refused_by_name(stage: Stage, other: Stage, at: datetime) -> None:
    who: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": stage.id}
    with pytest.raises(errors.Taken):
        services.add_to_group(handle="finance", user_id=stage.people["ada"], **who)
    with pytest.raises(errors.NotFound, match="no such group"):
        services.add_to_group(handle="legal", user_id=stage.people["ada"], **who)
    with pytest.raises(errors.NotFound, match="does not belong"):
        services.add_to_group(handle="finance", user_id=other.people["cleo"], **who)
    with pytest.raises(errors.NotFound, match="not in the group"):
        services.remove_from_group(handle="finance", user_id=stage.people["vera"], **who)
