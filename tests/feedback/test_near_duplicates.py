"""Near-duplicates never stand on two sides of a split, and prompts hold no example that measures."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit.actor import OPERATOR
from feedback import services, sketches
from feedback.export.writing import Exported
from feedback.overlap import Prompts
from feedback.queries import DatasetView, VersionView
from feedback.services import exporting
from tests.cast import Stage
from tests.feedback.evaluating import answered
from tests.feedback.learning import dataset, items

RANDOM = Random(7)
WORDS = ["".join(RANDOM.choices("abcdefghijklmnopqrstuvwxyz", k=RANDOM.randint(4, 9))) for _ in range(400)]
NOTES = [RANDOM.choices(WORDS, k=40) for _ in range(40)]


def add(stage: Stage, made: DatasetView, name: str, notes: list[list[str]]) -> VersionView:
    given = [
        services.Given(
            external_id=f"{name}-{n:04}",
            messages=[{"role": "user", "content": " ".join(note)}],
            tools=[],
            expected=[{"tool": "crm.note", "args": {"n": n}}],
            forbidden=[],
            group=f"{name}-group-{n}",
            slices={},
        )
        for n, note in enumerate(notes)
    ]
    services.add_examples(actor=OPERATOR, at=stage.at, workspace_id=stage.id, dataset_id=made.id, given=given)
    return services.freeze(actor=OPERATOR, at=stage.at, workspace_id=stage.id, dataset_id=made.id)


def splits(stage: Stage, version: VersionView) -> dict[str, str]:
    return {item.external_id: item.split for item in items(stage, version)}


def with_one_word_changed(note: list[str]) -> list[str]:
    place = RANDOM.randrange(len(note))
    return [*note[:place], "changed", *note[place + 1 :]]


def test_a_planted_near_duplicate_never_crosses_and_nothing_earlier_moves(stage: Stage) -> None:
    made = dataset(stage, recipe=None, shares={"train": 40, "eval": 30, "holdout": 30})
    first = splits(stage, add(stage, made, "note", NOTES[:20]))
    assert len(set(first.values())) == 3
    near = [with_one_word_changed(note) for note in NOTES[:20]]
    version = add(stage, made, "planted", [*near, *NOTES[20:]])
    second = splits(stage, version)
    assert {name: second[name] for name in first} == first
    assert [second[f"planted-{n:04}"] for n in range(20)] == [first[f"note-{n:04}"] for n in range(20)]
    assert (version.size, version.report["near_duplicates"]) == (60, 20)


def test_the_same_near_duplicates_at_once_are_on_one_side(stage: Stage) -> None:
    made = dataset(stage, recipe=None, shares={"train": 40, "eval": 30, "holdout": 30})
    found = splits(stage, add(stage, made, "n", [*NOTES, *map(with_one_word_changed, NOTES)]))
    assert [found[f"n-{n:04}"] for n in range(40)] == [found[f"n-{n + 40:04}"] for n in range(40)]


def export(stage: Stage, version: VersionView, folder: Path) -> Exported:
    return exporting.export_to(
        actor=OPERATOR, at=stage.at, workspace_id=stage.id, version_id=version.id, format_name="trl-sft", folder=folder
    )


def test_nothing_trains_that_is_nearly_the_same_as_what_measures_in_another_dataset(
    stage: Stage, tmp_path: Path
) -> None:
    training = dataset(stage, "training", recipe=None, shares={"train": 100})
    version = add(stage, training, "note", NOTES[:20])
    assert export(stage, version, tmp_path / "before").rows == 20
    measuring = dataset(stage, "measuring", recipe=None, shares={"eval": 100})
    near = add(stage, measuring, "near", [*map(with_one_word_changed, NOTES[20:25]), *NOTES[30:]])
    assert (near.size, near.report["left_out"]) == (15, {})
    grown = add(stage, training, "more", NOTES[20:30])
    made = export(stage, grown, tmp_path / "after")
    assert (made.rows, made.skipped) == (25, {"measured_elsewhere": 5})


def test_what_measures_and_left_for_training_before_is_counted_for_good(stage: Stage, tmp_path: Path) -> None:
    training = dataset(stage, "training", recipe=None, shares={"train": 100})
    version = add(stage, training, "note", NOTES[:20])
    measuring = dataset(stage, "measuring", recipe=None, shares={"eval": 100})
    first = add(stage, measuring, "old", NOTES[:2])
    made = export(stage, version, tmp_path / "trained")
    assert (made.rows, made.skipped) == (18, {"measured_elsewhere": 2})
    later = replace(stage, at=stage.at + timedelta(minutes=1))
    second = add(later, measuring, "new", [NOTES[5], with_one_word_changed(NOTES[6]), NOTES[30]])
    assert "trained_elsewhere" not in first.report
    third = add(later, measuring, "newest", [NOTES[31]])
    assert [version.report["trained_elsewhere"] for version in (second, third)] == [2, 2]
    told = "Measures here and left for training in another dataset before, or nearly so: 2"
    assert told in exporting.card_of(stage.id, third.id)


def test_the_index_finds_what_the_comparison_of_all_pairs_finds() -> None:
    texts = [" ".join(note) for note in NOTES]
    changed = [" ".join(with_one_word_changed(note)) for note in NOTES]
    known = [sketches.sketch("crm.note", text) for text in texts[:30]]
    asked = [sketches.sketch("crm.note", text) for text in changed]
    alike = [max(sketches.alike(one, other) for other in known) >= sketches.NEAR for one in asked]
    found = sketches.Index(known).holds_near([*asked, b""])
    assert found[-1] is False
    # Bands find nearly all pairs that are near, and no other.
    assert sum(found[:-1]) >= sum(alike) - 1
    assert all(near for near, said in zip(alike, found, strict=False) if said)
    assert sketches.Index([]).holds_near(asked) == [False] * 40


LONG = "My parcel with the green lamp never came and I want the fee of the delivery back today"


@pytest.mark.parametrize(
    ("prompt", "is_held"),
    [
        (f"Examples:\nQ: {LONG.upper()}!", True),
        ("want: my  parcel with the GREEN lamp never came, and I want the fee. Of the delivery?", True),
        ("My parcel with the green lamp never came and I want to complain about it", False),
        ("", False),
    ],
)
def test_thirteen_words_in_a_row_are_an_overlap(prompt: str, is_held: bool) -> None:
    assert Prompts([prompt]).holds(LONG) is is_held


def test_a_short_text_has_to_stand_there_whole_and_a_word_is_none() -> None:
    prompts = Prompts(
        ["Say: cancel my booking to Oslo please. Then stop. Write to ada@example.com about the green lamp"]
    )
    assert prompts.holds("Cancel my booking to Oslo")
    assert not prompts.holds("cancel my booking to Paris")
    assert not prompts.holds("cancel")
    assert prompts.holds("Write to person-1@redacted.invalid about the green lamp")


def test_a_prompt_that_holds_what_measures_makes_the_gate_invalid_and_names_it(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = dataset(stage, "gold", recipe=None, shares={"eval": 100})
    version = add(stage, made, "case", NOTES)
    old, new = (answered(stage, version, lambda n: {"tool": "crm.note", "args": {"n": n}}) for _ in range(2))
    prompt = f"You write notes. For example: {' '.join(NOTES[3]).upper()}. And: {' '.join(NOTES[7][5:25])}!"

    def problems(*prompts: str) -> list[str]:
        asked: dict[str, Any] = {"spec": {"name": "g"}, "baseline": old.id, "candidate": new.id, "prompts": prompts}
        found = services.check_gate(actor=OPERATOR, at=stage.at, workspace_id=stage.id, **asked)
        assert (found.verdict == "invalid") is bool(found.problems)
        return list(found.problems)

    assert (problems(), problems("You write notes.")) == ([], [])
    (problem,) = problems("You write notes.", prompt)
    told = "The prompt holds 2 of the examples that it is measured with: "
    assert (problem[: len(told)], sorted(problem[len(told) : -1].split(", "))) == (told, ["case-0003", "case-0007"])
    for name, text in (("clean", "You write notes."), ("leaky", prompt)):
        (tmp_path / name).write_text(text)
    call_command("dataset", "leaks", "gold", "--workspace", stage.slug, "--prompt", str(tmp_path / "clean"))
    assert capsys.readouterr().out == ""
    with pytest.raises(CommandError, match="2 of the examples"):
        call_command("dataset", "leaks", "gold", "--workspace", stage.slug, "--prompt", str(tmp_path / "leaky"))
    assert sorted(capsys.readouterr().out.split()) == ["case-0003", "case-0007"]
