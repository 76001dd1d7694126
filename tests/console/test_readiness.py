"""Readiness, confidence, drift, judges, outcomes and scheduled gates on their pages."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.services import policy_reading
from audit.actor import OPERATOR
from feedback import services
from feedback.models import ReadinessControl
from feedback.queries import evaluation, outcomes, plans
from feedback.services import planning, watching
from tests.cast import POLICY, Stage, use_policy
from tests.console.conftest import Browse
from tests.feedback.deciding import label, waive
from tests.feedback.evaluating import answered, gold
from tests.feedback.learning import decided, learn
from tests.feedback.test_readiness import counted
from tests.questions import questions

AT = "/w/demo/evaluation"
MOST = {"drift": 8, "confidence": 9, "readiness": 16, "judges": 9, "outcomes": 11, "plans": 12}


def came(stage: Stage, tool: str) -> None:
    """Decisions of the last month with something new today, a run with a judge, an outcome and a scheduled gate."""
    now = timezone.now()
    for n in range(30):
        label(stage, n, at=now - timedelta(days=20), tool=tool, claims={"confidence": 0.9})
    row = label(stage, 99, at=now - timedelta(hours=1), tool=tool, args={"text": "a", "cc": "b"})
    watching.count(at=now, workspace_id=stage.id)
    services.judge_outcome(actor=OPERATOR, at=now, workspace_id=stage.id, action_id=row.action_id, right=False)
    run = answered(stage, gold(stage, 1, tool), scorers={
        "tone": {"kind": "judge", "version": "1"}, "people": {"kind": "human", "version": "1"}})  # fmt: skip
    services.calibrate_judge(actor=OPERATOR, at=now, workspace_id=stage.id, run_id=run.id, judge_name="tone",
                             human="people")  # fmt: skip
    planning.plan_gate(
        actor=OPERATOR, at=now, workspace_id=stage.id, dataset_id=run.dataset_id, agent_name="otto",
        spec={"name": "nightly"}, every="day", owner_id=stage.people["ada"],
    )  # fmt: skip


def test_more_rows_ask_no_more_questions(stage: Stage, browse: Browse) -> None:
    ada = browse("ada")
    costs: dict[str, list[int]] = {page: [] for page in MOST}
    for tool in ("crm.note", "crm.mail"):
        came(stage, tool)
        for page, asked_of in costs.items():
            ada.get(f"{AT}/{page}")
            with questions() as asked:
                assert ada.get(f"{AT}/{page}").status_code == 200
            asked_of.append(len(asked))
    assert [(page, one) for page, one in costs.items() if one[0] != one[1] or one[0] > MOST[page]] == []
    seen = {page: ada.get(f"{AT}/{page}").text for page in MOST}
    assert [
        "New: argument cc (text)." in seen["drift"],
        "By chance alone it would read" in seen["confidence"],
        "Not enough data" in seen["confidence"],
        "not enough data" in seen["judges"],
        "nightly" in seen["plans"],
        "Wrong" in seen["outcomes"],
    ] == [True] * 6


@pytest.mark.parametrize("page", MOST)
def test_vera_sees_none_of_them_and_dana_all(stage: Stage, browse: Browse, page: str) -> None:
    assert [browse(name).get(f"{AT}/{page}").status_code for name in ("vera", "dana")] == [403, 200]


@pytest.mark.parametrize("page", ["readiness", "judges", "plans"])
def test_ben_reads_and_sets_nothing(stage: Stage, browse: Browse, page: str) -> None:
    assert browse("ben").post(f"{AT}/{page}", {}).status_code == 403


def test_ada_sets_a_control_in_percent_and_a_mistake_is_said(stage: Stage, browse: Browse) -> None:
    counted(stage, traced=20, succeeded=20)
    ada = browse("ada")
    before = ada.get(f"{AT}/readiness").text
    assert ("Name somebody who answers for it." in before, "Lacks 5" in before) == (True, True)
    said = {"name": "trace_coverage", "threshold": "90", "owner": stage.people["ada"]}
    after = ada.post(f"{AT}/readiness", said, follow=True).text
    assert ("The control is set." in after, "at least 90.0\u00a0% of its actions" in after.lower()) == (True, True)
    assert ReadinessControl.everywhere.get().threshold == 0.9
    wrong = ada.post(f"{AT}/readiness", {**said, "threshold": "900"})
    assert (wrong.status_code, "Give a number from 0 to 1." in wrong.text) == (422, True)
    eve = browse("eve").get(f"/w/demo/settings/agents/{stage.otto.agent_id}").text
    assert f"{AT}/readiness#{stage.otto.agent_id}" in eve


def test_a_fresh_workspace_learns_what_to_do(stage: Stage, browse: Browse) -> None:
    ada, dana = browse("ada").get(f"{AT}/readiness").text, browse("dana").get(f"{AT}/readiness").text
    every = "trace coverage, tool success, policy violations, fresh passing gate, cost per task"
    for page in (ada, dana):
        assert "<b>Nothing is proposed for any agent</b> as long as nobody answers for " + every in page
    assert ('<a href="#set-title">Set each of them below</a>' in ada, "Ask a lead or an admin" in dana) == (True, True)
    waive(stage)
    assert "Nothing is proposed" not in browse("ada").get(f"{AT}/readiness").text


def test_a_proposal_says_which_agent_is_not_ready_and_cannot_be_signed(stage: Stage, browse: Browse) -> None:
    use_policy(stage, POLICY.replace("tier: autonomous", "tier: approvals"))
    ada, eve = browse("ada"), browse("eve")
    ada.post("/w/demo/policies/edit", {"text": POLICY, "note": "More", "propose": "1"})
    (view,) = policy_reading.proposals(stage.id)
    page = f"/w/demo/policies/proposals/{view.id}"
    assert "nobody has said yet what an agent has to meet first" in eve.get(page).text
    said = {"name": "trace_coverage", "threshold": "90", "owner": stage.people["ada"]}
    ada.post(f"{AT}/readiness", said)
    before = eve.get(page)
    assert "It cannot be signed yet" in before.text
    assert "otto lacks trace coverage, " in " ".join(re.sub(r"<[^>]+>", "", before.text).split())
    answer = eve.post(f"{page}/sign", {"base": before.context["change"].base_id}, follow=True).text
    assert "This widens what an agent may do that is not ready: otto lacks trace coverage" in answer
    assert [one.id for one in policy_reading.proposals(stage.id)] == [view.id]


def test_the_editor_warns_of_a_confidence_that_nobody_measured(stage: Stage, browse: Browse) -> None:
    rule = '  - {id: sure-notes, tools: [crm.note], when: ["confidence > 0.9"], effect: allow}\n'
    page = browse("ada").post("/w/demo/policies/edit", {"text": POLICY + rule, "check": "1"}).text
    assert ("1 warning" in page, "trusts a confidence that no decision was held against yet" in page) == (True, True)


def test_ben_tells_of_a_chargeback(stage: Stage, browse: Browse) -> None:
    view = decided(stage)
    learn(stage)
    ben = browse("ben")
    said = {"action": view.id, "right": "no", "kind": "chargeback", "severe": "on", "comment": "Twice"}
    told = ben.post(f"{AT}/outcomes", said, follow=True).text
    assert ("The outcome is kept" in told, "Severely wrong" in told) == (True, True)
    (row,) = outcomes.outcomes(stage.id)
    assert (row.action_id, row.kind, row.right, row.severe) == (view.id, "chargeback", False, True)
    (one,) = outcomes.by_decision(stage.id)
    assert (one.decision, one.wrong, one.severe, one.n) == ("approved", 1, 1, 1)
    assert ben.post(f"{AT}/outcomes", {**said, "action": "act_x"}).status_code == 422
    assert browse("dana").post(f"{AT}/outcomes", said).status_code == 403


def test_ada_schedules_a_gate_and_ends_it(stage: Stage, browse: Browse) -> None:
    version, ada = gold(stage, 1), browse("ada")
    said: dict[str, Any] = {"dataset": version.dataset_id, "agent": "otto", "every": "run", "baseline": "tag:baseline",
                            "spec": "name: nightly\n", "owner": stage.people["ben"]}  # fmt: skip
    assert "At each new run" in ada.post(f"{AT}/plans", said, follow=True).text
    (plan,) = plans.plans(stage.id)
    assert (plan.name, plan.owner_name) == ("nightly", stage.member("ben").name)
    assert [ada.post(f"{AT}/plans", {**said, "spec": spec}).status_code for spec in ("a: [", "margin: 3")] == [422, 422]
    assert "The gate is off." in ada.post(f"{AT}/plans/{plan.id}/end", follow=True).text
    assert plans.plans(stage.id) == []


def test_without_a_dataset_there_is_nothing_to_schedule(stage: Stage, browse: Browse) -> None:
    page = browse("ada").get(f"{AT}/plans").text
    assert ("Make one first" in page, "Turn it on" in page) == (True, False)


def test_ada_holds_a_judge_against_people(stage: Stage, browse: Browse) -> None:
    def scores(n: int) -> dict[str, Any]:
        return {name: {"passed": n % 4 > 0, "value": None} for name in ("tone", "people")}

    run = answered(stage, gold(stage, 30), scores=scores, scorers={
        "tone": {"kind": "judge", "version": "1"}, "people": {"kind": "human", "version": "1"}})  # fmt: skip
    ada = browse("ada")
    page = ada.post(f"{AT}/judges", {"run": run.id, "judge": "tone", "human": "people"}, follow=True).text
    assert ("The judge was held against people." in page, "Calibrated" in page) == (True, True)
    assert [one.calibrated for one in evaluation.calibrations(stage.id)] == [True]
    assert ada.post(f"{AT}/judges", {"run": run.id, "judge": "people", "human": "tone"}).status_code == 422
