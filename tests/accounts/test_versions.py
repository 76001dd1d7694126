"""Agent versions: identity by manifest, registration by first sight, labels by an admin."""

from datetime import datetime
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts import errors, manifests, queries, services
from accounts.models import AgentVersion
from audit.actor import OPERATOR
from tests.accounts.records import facts, last
from tests.cast import Stage

MANIFEST: dict[str, Any] = {"label": "v4", "model": "m-1", "params": {"temperature": 0.5}}
# printf '{"model":"m-1","params":{"temperature":0.5}}' | sha256sum
DIGEST = "51d4c5efc7fdcdeddf8704d25a3d21f4d93149b5ed020143119b21ded960bb18"


def register(stage: Stage, at: datetime, manifest: dict[str, Any]) -> AgentVersion:
    return services.register_version(
        actor=stage.otto.actor, at=at, workspace_id=stage.id, agent_id=stage.otto.agent_id, manifest=manifest
    )


def test_an_unknown_manifest_registers_itself_once(stage: Stage, at: datetime) -> None:
    first = register(stage, at, MANIFEST)
    again = register(stage, at, {**MANIFEST, "label": "another claim"})
    assert (first.manifest_sha256, first.manifest, first.label, first.bound_label) == (
        DIGEST,
        {"model": "m-1", "params": {"temperature": 0.5}},
        "v4",
        "",
    )
    assert (again.id, again.label) == (first.id, "v4")
    assert facts("version:registered", stage.id) == [
        {
            "subject": {"type": "version", "id": first.id},
            "actor": stage.otto.agent_id,
            "data": {"agent": stage.otto.agent_id, "manifest_sha256": DIGEST},
        }
    ]


def test_another_manifest_is_another_version(stage: Stage, at: datetime) -> None:
    assert register(stage, at, MANIFEST).id != register(stage, at, {"label": "v4", "model": "m-2"}).id


def test_two_agents_have_versions_of_their_own(stage: Stage, at: datetime) -> None:
    lotte = services.create_agent(
        actor=OPERATOR, at=at, workspace_id=stage.id, name="lotte", owner_id=stage.people["eve"]
    )
    theirs = services.register_version(
        actor=OPERATOR, at=at, workspace_id=stage.id, agent_id=lotte.id, manifest=MANIFEST
    )
    assert theirs.manifest_sha256 == register(stage, at, MANIFEST).manifest_sha256
    assert [row.id for row in queries.versions(stage.id, lotte.id)] == [theirs.id]


TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
MANIFESTS = st.dictionaries(st.text(max_size=6).filter(lambda name: name != "label"), TREES, max_size=5)


@given(MANIFESTS, st.none() | st.text(max_size=20))
def test_neither_order_nor_label_changes_the_identity(manifest: dict[str, Any], label: str | None) -> None:
    shuffled = {"label": label, **dict(reversed(manifest.items()))}
    parts, claimed = manifests.split(shuffled)
    assert (parts, claimed) == (manifest, label or "")
    assert manifests.sha256_of(parts) == manifests.sha256_of(manifest)


@given(MANIFESTS, st.text(max_size=6), TREES)
def test_any_other_part_does(manifest: dict[str, Any], name: str, value: Any) -> None:
    changed = {**manifest, name: [value, "changed"]}
    if changed != manifest:
        assert manifests.sha256_of(changed) != manifests.sha256_of(manifest)


def test_a_label_is_bound_to_one_version_of_an_agent(stage: Stage, at: datetime) -> None:
    old, new = register(stage, at, MANIFEST), register(stage, at, {"model": "m-2"})
    bind: dict[str, Any] = {"actor": OPERATOR, "at": at, "workspace_id": stage.id}
    services.bind_label(version_id=old.id, label="stable", **bind)
    services.bind_label(version_id=new.id, label="stable", **bind)
    labels = {row.id: row.bound_label for row in queries.versions(stage.id, stage.otto.agent_id)}
    assert labels == {old.id: "", new.id: "stable"}
    assert last("version:bound", stage.id)["data"] == {
        "agent": stage.otto.agent_id,
        "label": "stable",
        "manifest_sha256": new.manifest_sha256,
    }
    with pytest.raises(errors.AlreadyOver):
        services.bind_label(version_id=new.id, label="stable", **bind)


def test_a_version_of_another_workspace_is_not_there(stage: Stage, other: Stage, at: datetime) -> None:
    version = register(stage, at, MANIFEST)
    with pytest.raises(errors.NotFound):
        services.bind_label(actor=OPERATOR, at=at, workspace_id=other.id, version_id=version.id, label="mine")


@pytest.mark.race
def test_many_who_see_a_manifest_first_at_once_make_one_version(open_stage: Stage, at: datetime) -> None:
    together, seen = Barrier(8), list[str]()

    def first_sight() -> None:
        try:
            together.wait()
            seen.append(register(open_stage, at, MANIFEST).id)
        finally:
            connection.close()

    threads = [Thread(target=first_sight) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len(set(seen)) == 1
    assert len(facts("version:registered", open_stage.id)) == 1
