"""A frozen version: what it holds, how it is hashed, and that nobody changes it."""

from datetime import timedelta
from functools import partial
from hashlib import sha256
from importlib import import_module
from typing import Any

import orjson
import pytest
from django.db import DatabaseError, connection, transaction

from approvals.errors import Conflict, NotFound
from approvals.strict_json import canonical
from audit.actor import OPERATOR
from audit.models import Event
from feedback import gathering, queries, services
from feedback.examples import Given
from feedback.models import DatasetItem, DatasetVersion, Example, ExampleRevision, Sketch
from feedback.redaction import PROFILE
from feedback.services.freezing import NothingToFreeze
from tests.cast import Stage
from tests.feedback.learning import REFUND, dataset, decided, frozen, items, learn
from tests.flows.at_once import press


def three(stage: Stage) -> None:
    """An approval, a material edit and a rejection, each of a conversation of its own."""
    turn = [{"role": "user", "content": "Please refund my late parcel"}]
    decided(stage, claims={"conversation": turn, "trace_id": "tr_1"})
    decided(stage, edit={**REFUND, "amount_usd": 45}, claims={"trace_id": "tr_2"}, comment="45 was agreed")
    decided(stage, "reject", args={**REFUND, "note": "é 漢 😀", "deep": {"empty": {}, "list": []}})


def test_a_version_holds_one_example_of_each_judged_decision(stage: Stage) -> None:
    three(stage)
    stage.submit(args={**REFUND, "amount_usd": 5})
    version = frozen(stage, dataset(stage))
    found = items(stage, version)
    assert sorted(item.content["decision"] for item in found) == ["approve", "edit", "reject"]
    assert (version.n, version.status, version.size) == (1, "frozen", 3)
    assert version.counts["decision"] == {"approve": 1, "edit": 1, "reject": 1}
    assert version.counts["tool"] == {"billing.refund": 3}
    assert version.report == {"left_out": {"nobody_judged:allowed_by_policy": 1}, "repeated": 0, "near_duplicates": 0}


def test_an_example_is_this(stage: Stage) -> None:
    three(stage)
    made = dataset(stage)
    (edit,) = [item for item in items(stage, frozen(stage, made)) if item.content["decision"] == "edit"]
    proposed = {"tool": "billing.refund", "args": REFUND}
    final = {"tool": "billing.refund", "args": {**REFUND, "amount_usd": 45}}
    assert edit.content == {
        "schema": "countersign.example/1",
        "input": {"messages": [], "tools": [{"name": "billing.refund"}]},
        "proposed": proposed,
        "decision": "edit",
        "final": final,
        "patch": [{"op": "replace", "path": "/amount_usd", "value": 45}],
        "material": True,
        "reason": {"code": None, "taxonomy": "reasons/1", "text": "45 was agreed"},
        "expectation": {"mode": "exact", "actions": [final], "forbidden": [proposed]},
        "slices": {"tool": "billing.refund", "risk": "medium", "rule": edit.content["slices"]["rule"]},
        "redaction": {"profile": PROFILE, "counts": {}},
    }
    assert edit.provenance["trace_id"] == "tr_2"
    assert edit.provenance["inclusion_probability"] == 1
    (reviewer,) = edit.provenance["reviewers"]
    assert (reviewer[:4], len(reviewer), stage.people["ada"] in str(edit)) == ("rev_", 24, False)


def test_a_note_without_a_trace_is_a_group_of_its_own_and_a_trace_is_one_group(stage: Stage) -> None:
    for amount, trace in ((61, "tr_1"), (62, "tr_1"), (63, "")):
        note = f"{['late', 'early', 'lost'][amount - 61]} parcel"
        decided(stage, args={**REFUND, "amount_usd": amount, "note": note}, claims={"trace_id": trace} if trace else {})
    by_amount = {
        item.content["proposed"]["args"]["amount_usd"]: item for item in items(stage, frozen(stage, dataset(stage)))
    }
    assert by_amount[61].group_key == by_amount[62].group_key != by_amount[63].group_key == by_amount[63].cluster
    assert by_amount[61].split == by_amount[62].split


def test_the_hash_is_over_sorted_lines_and_needs_no_id(stage: Stage) -> None:
    three(stage)
    version = frozen(stage, dataset(stage))
    manifest = {
        "schema": "countersign.dataset/1",
        "redaction": PROFILE,
        "salt": "countersign",
        "shares": {"train": 80, "eval": 10, "holdout": 10},
        "recipe": {},
    }
    lines = sorted(f"{item.sha256} {item.split}\n" for item in items(stage, version))
    expected = sha256(b"countersign.dataset/1\n" + canonical(manifest) + b"\n" + "".join(lines).encode()).hexdigest()
    assert (version.manifest, version.manifest_sha256) == (manifest, expected)
    for row in ExampleRevision.everywhere.all():
        assert row.sha256 == sha256(b"countersign.example/1\n" + row.content.encode()).hexdigest()


def test_another_dataset_of_the_same_decisions_has_the_same_hash(stage: Stage) -> None:
    three(stage)
    one, two = frozen(stage, dataset(stage)), frozen(stage, dataset(stage, "again"))
    assert (one.manifest_sha256, one.size) == (two.manifest_sha256, two.size)
    assert one.id != two.id


def test_the_hash_of_these_three_examples_is_the_same_everywhere(stage: Stage) -> None:
    """The vector: a change of it breaks every hash that was ever published."""
    made = dataset(stage, recipe=None)
    given = [
        services.Given(
            external_id=f"gold-{n}",
            messages=[{"role": "user", "content": f"Cancel reservation {word}"}],
            tools=[],
            expected=[{"tool": "cancel", "args": {"id": word, "n": number, "é": [{}, [], None, True, ""]}}],
            forbidden=[],
            group="",
            slices={},
        )
        for n, word, number in ((1, "ALPHA", 9000), (2, "BRAVO", 1e21), (3, "CHARLIE", -0.5))
    ]
    services.add_examples(actor=OPERATOR, at=stage.at, workspace_id=stage.id, dataset_id=made.id, given=given)
    version = services.freeze(actor=OPERATOR, at=stage.at, workspace_id=stage.id, dataset_id=made.id)
    assert version.manifest_sha256 == "f90e74595a0d0a8410bba0b053527439c822b3ebb248c211c3cc41dfc65979eb"


def test_nothing_new_makes_no_new_version(stage: Stage) -> None:
    three(stage)
    made = dataset(stage)
    first = frozen(stage, made)
    assert frozen(stage, made) == first
    decided(stage, args={**REFUND, "amount_usd": 70, "note": "one more"})
    second = frozen(stage, made)
    assert (second.n, second.size) == (2, 4)
    assert {item.example_id: item.split for item in items(stage, first)}.items() <= {
        item.example_id: item.split for item in items(stage, second)
    }.items()


def test_the_items_of_a_split_are_all_found_whatever_stands_between_them(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("feedback.queries.datasets"), "CHUNK", 1)
    for n in range(12):
        decided(stage, args={**REFUND, "note": f"Parcel {chr(97 + n) * 4} came late"}, claims={"trace_id": f"tr_{n}"})
    version = frozen(stage, dataset(stage, shares={"train": 34, "eval": 33, "holdout": 33}))
    by_split = {
        split: [item.n for item in queries.items(stage.id, version.id, split=split)]
        for split in version.counts["split"]
    }
    assert len(by_split) > 1
    assert {split: len(found) for split, found in by_split.items()} == version.counts["split"]
    assert sorted(n for found in by_split.values() for n in found) == list(range(1, 13))


def test_an_empty_dataset_is_not_frozen(stage: Stage) -> None:
    made = dataset(stage)
    with pytest.raises(NothingToFreeze):
        frozen(stage, made)
    assert queries.versions(stage.id, made.id) == []
    three(stage)
    assert frozen(stage, made).n == 1


def test_a_recipe_takes_its_tools_and_days_alone(stage: Stage) -> None:
    three(stage)
    learn(stage)
    later = (stage.at + timedelta(days=1)).isoformat()
    for recipe, count in (({"tools": ["billing.refund"]}, 3), ({"until": later}, 3), ({"since": later}, 0)):
        made = dataset(stage, f"d{count}-{len(str(recipe))}", recipe=recipe)
        if count:
            assert frozen(stage, made).size == count
        else:
            with pytest.raises(NothingToFreeze):
                frozen(stage, made)


def test_what_a_lost_worker_left_is_thrown_away(stage: Stage) -> None:
    three(stage)
    made = dataset(stage)
    first = frozen(stage, made)
    draft = DatasetVersion.everywhere.create(
        workspace_id=stage.id, dataset_id=made.id, n=2, manifest={}, by_id="x", by_name="x", created_at=stage.at
    )
    DatasetItem.objects.create(version=draft, n=1, revision_id=items(stage, first)[0].revision_id, split="train")
    decided(stage, args={**REFUND, "note": "one more of them"})
    assert (frozen(stage, made).n, DatasetVersion.everywhere.count()) == (2, 2)


def test_freezing_leaves_a_fact(stage: Stage) -> None:
    three(stage)
    version = frozen(stage, dataset(stage))
    facts = Event.objects.filter(workspace_id=stage.id, kind__startswith="dataset:").order_by("id")
    bodies = [orjson.loads(bytes(fact.body)) for fact in facts]
    assert sorted(body["kind"] for body in bodies) == ["dataset:created", "dataset:frozen"]
    (data,) = [body["data"] for body in bodies if body["kind"] == "dataset:frozen"]
    assert data == {"version": version.id, "n": 1, "manifest_sha256": version.manifest_sha256, "size": 3}


def test_a_name_is_taken_once_and_another_workspace_sees_none_of_it(stage: Stage, other: Stage) -> None:
    made = dataset(stage)
    with pytest.raises(Conflict):
        dataset(stage)
    assert dataset(other).name == made.name
    with pytest.raises(NotFound):
        queries.find_dataset(other.id, made.id)
    with pytest.raises(NotFound):
        services.freeze(actor=OPERATOR, at=stage.at, workspace_id=other.id, dataset_id=made.id)


STATEMENTS = [
    "update feedback_datasetversion set manifest_sha256 = 'x'",
    "update feedback_datasetversion set status = 'draft'",
    "update feedback_datasetversion set size = 0, status = 'revoked'",
    "delete from feedback_datasetversion",
    "update feedback_datasetitem set split = 'train' where split = 'train'",
    "delete from feedback_datasetitem",
    "insert into feedback_datasetitem (version_id, n, revision_id, split)"
    " select version_id, 99, revision_id, split from feedback_datasetitem where n = 1",
    "update feedback_examplerevision set content = '{}'",
    "update feedback_examplerevision set content = '', provenance = ''",
    "update feedback_examplerevision set sha256 = 'x'",
    "delete from feedback_examplerevision",
    "update feedback_example set external_id = 'x'",
    "delete from feedback_example",
    "update feedback_dataset set salt = 'x'",
    "delete from feedback_dataset",
]
OF_SQLITE = [
    f"insert or replace into feedback_{table} select * from feedback_{table}"
    for table in ("datasetversion", "datasetitem", "examplerevision", "example", "dataset")
]
OF_POSTGRESQL = [f"truncate feedback_{table} cascade" for table in ("datasetversion", "datasetitem", "examplerevision")]


def refused(statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_refuses_to_change_what_is_frozen(stage: Stage, statement: str) -> None:
    three(stage)
    version = frozen(stage, dataset(stage))
    before = items(stage, version)
    refused(statement)
    assert (items(stage, version), queries.find_version(stage.id, version.id)) == (before, version)


def test_the_database_refuses_its_own_ways_around(stage: Stage) -> None:
    three(stage)
    version = frozen(stage, dataset(stage))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
    for statement in OF_POSTGRESQL if connection.vendor == "postgresql" else OF_SQLITE:
        refused(statement)
    assert len(items(stage, version)) == 3


def test_a_version_cannot_begin_frozen(stage: Stage) -> None:
    made = dataset(stage)
    with pytest.raises(DatabaseError), transaction.atomic():
        DatasetVersion.everywhere.create(
            workspace_id=stage.id, dataset_id=made.id, n=1, manifest={}, status="frozen", created_at=stage.at
        )


def test_an_erased_example_leaves_its_hash_and_revokes_what_holds_it(stage: Stage) -> None:
    three(stage)
    made = dataset(stage)
    version = frozen(stage, made)
    before = items(stage, version)
    gone = before[0]
    given: dict[str, Any] = {"actor": OPERATOR, "at": stage.at, "workspace_id": stage.id}
    assert services.erase_example(external_id=gone.external_id, **given) == [version.id]
    after = items(stage, version)
    assert (after[0].content, after[0].provenance, after[0].sha256) == ({}, {}, gone.sha256)
    assert after[1:] == before[1:]
    assert queries.find_version(stage.id, version.id).status == "revoked"
    again = frozen(stage, made)
    assert (again.n, again.size, again.status) == (2, 2, "frozen")
    assert {item.external_id: item.split for item in items(stage, again)} == {
        item.external_id: item.split for item in before[1:]
    }
    refused("update feedback_datasetversion set status = 'frozen' where status = 'revoked'")
    with pytest.raises(NotFound):
        services.erase_example(external_id="act_none", **given)


def test_what_is_decided_again_about_an_example_makes_a_revision(stage: Stage) -> None:
    made = dataset(stage, recipe=None)

    def add(word: str) -> int:
        given = services.Given("g1", [], [], [{"tool": "t", "args": {"a": word}}], [], "", {})
        return services.add_examples(
            actor=OPERATOR, at=stage.at, workspace_id=stage.id, dataset_id=made.id, given=[given]
        )

    assert [add("x"), add("x"), add("y")] == [1, 0, 1]
    (item,) = items(stage, services.freeze(actor=OPERATOR, at=stage.at, workspace_id=stage.id, dataset_id=made.id))
    assert (item.revision, item.content["expectation"]["actions"]) == (2, [{"tool": "t", "args": {"a": "y"}}])
    assert Example.everywhere.count() == 1


@pytest.mark.race
def test_examples_given_by_many_at_once_are_there_once(open_stage: Stage) -> None:
    made = dataset(open_stage, recipe=None)
    call = {"tool": "billing.refund", "args": {"note": "The parcel came late and the fee goes back", "order": 1}}

    def add(n: int) -> int:
        given = [Given(f"{n % 2}-{place}", [], [], [call], [], "", {}) for place in range(3)]
        return services.add_examples(
            actor=OPERATOR, at=open_stage.at, workspace_id=open_stage.id, dataset_id=made.id, given=given
        )

    changed = press([partial(add, n) for n in range(6)])
    assert sorted(changed) == [0, 0, 0, 0, 3, 3]
    assert (Example.everywhere.count(), ExampleRevision.everywhere.count(), Sketch.everywhere.count()) == (6, 6, 1)


def test_a_freeze_that_breaks_goes_on_with_the_labels_it_did_not_take(
    open_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(7):
        decided(open_stage, args={**REFUND, "note": f"The parcel number {n} came late"})
    learn(open_stage)
    made = dataset(open_stage)
    monkeypatch.setattr(gathering, "CHUNK", 2)
    with monkeypatch.context() as broken:
        stored = gathering.store

        def store(*arguments: Any, **options: Any) -> int:
            if Example.everywhere.count() == 4:
                raise DatabaseError("the disk is full")
            return stored(*arguments, **options)

        broken.setattr(gathering, "store", store)
        with pytest.raises(DatabaseError, match="the disk is full"):
            frozen(open_stage, made)
    assert Example.everywhere.count() == 4
    version = frozen(open_stage, made)
    assert (version.size, Example.everywhere.count(), ExampleRevision.everywhere.count()) == (7, 7, 7)
