"""Gold datasets, runs on them and gates, for the tests of evaluation."""

from collections.abc import Callable, Mapping
from typing import Any

from audit.actor import OPERATOR
from feedback import services
from feedback.queries import VersionView
from feedback.queries.answers import GateView, Given, RunView
from tests.cast import Stage
from tests.feedback.learning import dataset, frozen

Call = dict[str, Any]
TOOLS = ("billing.refund", "crm.note")
WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "haven", "inlet", "jetty")


def expected(n: int) -> Call:
    """Two tools by turns; no two calls are nearly the same."""
    if n % 2:
        text = f"{WORDS[n % 10]} {WORDS[n // 10 % 10]} {WORDS[n // 100]} {n * 7919}"
        return {"tool": "crm.note", "args": {"text": text}}
    customer = WORDS[n // 10 % 10] + WORDS[n % 10]
    return {"tool": "billing.refund", "args": {"customer_id": customer, "amount_usd": n + 1}}


def gold(stage: Stage, n: int, name: str = "gold", *, groups: int = 0) -> VersionView:
    """`n` examples, each with one right call; each on its own, or in so many groups."""
    made = dataset(stage, name, recipe=None)
    given = [
        services.Given(
            external_id=f"case-{i:04}",
            messages=[{"role": "user", "content": f"Case {WORDS[i % 10]} {i * 104729}"}],
            tools=[],
            expected=[expected(i)],
            forbidden=[],
            group=f"group-{i % groups}" if groups else f"group-{i}",
            slices={},
        )
        for i in range(n)
    ]
    services.add_examples(actor=OPERATOR, at=stage.at, workspace_id=stage.id, dataset_id=made.id, given=given)
    return frozen(stage, made)


def opened(stage: Stage, version: VersionView, **options: Any) -> RunView:
    options.setdefault("agent_name", "otto")
    return services.open_run(actor=OPERATOR, at=stage.at, workspace_id=stage.id, version_id=version.id, **options)


def answered(
    stage: Stage,
    version: VersionView,
    answer: Callable[[int], Call | None] = expected,
    *,
    n: int | None = None,
    scores: Callable[[int], Mapping[str, Any]] | None = None,
    **options: Any,
) -> RunView:
    """A closed run of otto's with these answers."""
    run = opened(stage, version, **options)
    given = [
        Given(f"case-{i:04}", output=answer(i), scores=scores(i) if scores else None)
        for i in range(version.size if n is None else n)
    ]
    services.add_items(workspace_id=stage.id, run_id=run.id, given=given)
    return services.close_run(actor=OPERATOR, at=stage.at, workspace_id=stage.id, run_id=run.id)


def failing(places: set[int]) -> Callable[[int], Call | None]:
    return lambda n: None if n in places else expected(n)


def judged(stage: Stage, old: RunView, new: RunView, **spec: Any) -> GateView:
    return services.check_gate(
        actor=OPERATOR,
        at=stage.at,
        workspace_id=stage.id,
        spec={"name": "release", **spec},
        baseline=old.id,
        candidate=new.id,
    )
