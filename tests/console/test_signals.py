"""Agreement and signals on their pages, and what people do there."""

import random
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from approvals.models import RollupCell, RollupPart
from approvals.services import rollups
from audit.actor import SYSTEM
from feedback import services
from feedback.models import Look
from feedback.queries import series
from feedback.services import watching
from tests.approvals.rollups.days import live_through
from tests.cast import Stage
from tests.console.conftest import Browse
from tests.feedback.deciding import label
from tests.feedback.learning import learn
from tests.questions import questions

MOST = {"agreement": 18, "signals": 16}


def drawn(stage: Stage, n: int) -> list[Look]:
    for i in range(n):
        kind = "rejected" if i % 5 == 0 else "approved"
        label(stage, i, at=stage.at - timedelta(hours=1), kind=kind, risk="critical")
    services.draw_all(actor=SYSTEM, at=stage.at, workspace_id=stage.id)
    return list(Look.everywhere.filter(purpose="blind").order_by("id"))


def alarmed(stage: Stage, tool: str = "crm.note") -> None:
    now = timezone.now()
    for day in range(24):
        for n in range(25):
            bad = n < (20 if day > 21 else 2)
            label(stage, day * 100 + n, at=now - timedelta(days=24 - day), kind="rejected" if bad else "approved",
                  tool=tool)  # fmt: skip
    while watching.count(at=now, workspace_id=stage.id):
        pass
    watching.watch(at=now, workspace_id=stage.id)


def test_ben_looks_blind_and_then_sees_the_first_decision(stage: Stage, browse: Browse) -> None:
    look = drawn(stage, 1)[0]
    ben = browse("ben")
    assert f"/w/demo/evaluation/looks/{look.id}" in ben.get("/w/demo/evaluation/agreement").text
    before = ben.get(f"/w/demo/evaluation/looks/{look.id}").text
    assert ("note 0" in before, "The first decision</dt>" in before) == (True, False)
    after = ben.post(f"/w/demo/evaluation/looks/{look.id}", {"verdict": "approve", "comment": "Fine"}, follow=True).text
    assert ("The first decision is shown now." in after, "The first decision</dt><dd>Reject" in after) == (True, True)
    assert [one.purpose for one in Look.everywhere.filter(given_at=None)] == ["adjudication"]
    assert browse("ada").get(f"/w/demo/evaluation/looks/{look.id}").status_code == 200


def test_whoever_decided_it_finds_nothing_and_a_wrong_answer_is_said(stage: Stage, browse: Browse) -> None:
    look = drawn(stage, 1)[0]
    assert browse("ada").get(f"/w/demo/evaluation/looks/{look.id}").status_code == 404
    said = browse("ben").post(f"/w/demo/evaluation/looks/{look.id}", {"verdict": "perhaps"}, follow=True).text
    assert "Take one of: approve, edit, reject." in said
    assert browse("vera").get(f"/w/demo/evaluation/looks/{look.id}").status_code == 403


def test_ben_names_the_call_that_would_have_been_right_and_it_is_shown_afterwards(stage: Stage, browse: Browse) -> None:
    look = drawn(stage, 1)[0]
    ben, place = browse("ben"), f"/w/demo/evaluation/looks/{look.id}"
    assert "What would have been right?" in ben.get(place).text
    wrong = ben.post(place, {"verdict": "reject", "better_args": "[]"})
    assert (wrong.status_code, "Arguments are an object" in wrong.text) == (422, True)
    page = ben.post(place, {"verdict": "edit", "better_args": '{"text": "shorter"}'}, follow=True).text
    assert "Would have been right" in page
    assert "&quot;text&quot;: &quot;shorter&quot;" in page


def test_agreement_is_shown_from_30_pairs_on_and_names_only_to_who_oversees(stage: Stage, browse: Browse) -> None:
    looks = drawn(stage, 31)
    ben = browse("ben")
    for look in looks[:29]:
        ben.post(f"/w/demo/evaluation/looks/{look.id}", {"verdict": "approve"})
    assert "Not enough data: 29 of 30 pairs." in ben.get("/w/demo/evaluation/agreement").text
    for look in looks[29:]:
        ben.post(f"/w/demo/evaluation/looks/{look.id}", {"verdict": "approve"})
    pages = {name: browse(name).get("/w/demo/evaluation/agreement").text for name in ("ada", "ben")}
    assert {name: ("Gwet" in page, "Reviewers</h2>" in page) for name, page in pages.items()} == {
        "ada": (True, True),
        "ben": (True, False),
    }


def test_an_alert_is_owned_and_closed(stage: Stage, browse: Browse) -> None:
    alarmed(stage)
    (alert,) = series.alerts(stage.id, closed=False)
    ada = browse("ada")
    page = ada.get("/w/demo/evaluation/signals").text
    assert ("Nobody looks after it yet." in page, "Day by day" in page, "Drift" in page) == (True, True, True)
    window = f"/w/demo/feedback/datasets?tools=crm.note&amp;since={alert.since:%Y-%m-%d}"
    assert window in page
    assert f'value="{alert.since:%Y-%m-%d}"' in ada.get(window.replace("&amp;", "&")).text
    mine = ada.post(f"/w/demo/evaluation/alerts/{alert.id}/acknowledge", follow=True).text
    assert (series.alerts(stage.id, closed=False)[0].owner_name, "Nobody looks after it yet." in mine) == (
        stage.member("ada").name,
        False,
    )
    refused = ada.post(f"/w/demo/evaluation/alerts/{alert.id}/close", {"outcome": "x"}, follow=True).text
    assert "Say whether something was really wrong." in refused
    closed = ada.post(f"/w/demo/evaluation/alerts/{alert.id}/close", {"outcome": "false", "note": "Quarter end"},
                      follow=True).text  # fmt: skip
    assert ("False alarm" in closed, "Quarter end" in closed) == (True, True)
    assert browse("ben").post(f"/w/demo/evaluation/alerts/{alert.id}/acknowledge").status_code == 403


def test_each_number_of_a_series_leads_to_its_actions(stage: Stage, browse: Browse) -> None:
    live_through(stage, random.Random(4), 45, days=4)
    learn(stage)
    rollups.count_all(at=stage.at)
    while watching.count(at=stage.at + timedelta(minutes=5), workspace_id=stage.id):
        pass
    ada = browse("ada")
    page = ada.get("/w/demo/evaluation/signals").text
    found = re.findall(r'<td><a href="(/w/demo/history[^"]+)">(\d+)</a></td>', page)
    words = {parse_qs(urlsplit(url).query)["outcome"][0] for url, _ in found}
    assert words >= {"overridden", "people", "denied", "executed", "unsuccessful"}
    listed = {
        url: len(re.findall(r'<th scope="row"><a href="/w/demo/actions/', ada.get(url.replace("&amp;", "&")).text))
        for url, _ in found
    }
    assert {url: (int(n), listed[url]) for url, n in found if listed[url] != int(n)} == {}


def test_runs_tasks_costs_and_the_mix_of_reviewers_are_told(stage: Stage, browse: Browse) -> None:
    now = timezone.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    alarmed(stage)
    for ago in range(30, 0, -1):
        of = {"workspace_id": stage.id, "span": "day", "at": midnight - timedelta(days=ago)}
        of["agent_id"] = stage.otto.agent_id
        counts = {"tool": "crm.note", "policy_id": "pol_1", "succeeded": 30, "failed": 9 if ago < 3 else 1}
        RollupCell.everywhere.create(**of, **counts)
        cost = 40 * (0.2 + 0.01 * (ago % 3)) * (3 if ago < 3 else 1)
        RollupPart.everywhere.create(**of, name="cost", key="USD", n=40, amount=f"{cost:.4f}")
        RollupPart.everywhere.create(**of, name="task", key="failed", n=2)
        RollupPart.everywhere.create(**of, name="task", key="succeeded", n=30)
        for who, said, n in (("ada", "upheld", 9), ("ben", "overridden", 9 if ago < 8 else 1)):
            RollupPart.everywhere.create(**of, tool="crm.note", name="reviewed", key=f"{said}:{who}", n=n)
    watching.watch(at=now, workspace_id=stage.id)
    page = " ".join(re.sub(r"<[^>]+>", " ", browse("ada").get("/w/demo/evaluation/signals").text).split())
    page = page.replace(" ,", ",").replace("\xa0", " ")
    assert "Runs that failed or told no result: otto, crm.note" in page
    assert "Tasks that failed: otto 60 of 960 in 120 days." in page
    assert re.search(r"Cost of a task in USD: otto Drift 0\.6\d* USD a task over 40 tasks since [\d-]+, where", page)
    assert "Of 126 decisions in the last 7 days, 50.0 % were overrides. With the usual mix" in page


@pytest.mark.parametrize("page", ["agreement", "signals"])
def test_vera_sees_neither(stage: Stage, browse: Browse, page: str) -> None:
    assert [browse(name).get(f"/w/demo/evaluation/{page}").status_code for name in ("vera", "dana")] == [403, 200]


def test_more_rows_ask_no_more_questions(stage: Stage, browse: Browse) -> None:
    ada = browse("ada")
    costs: dict[str, list[int]] = {page: [] for page in MOST}
    for tool in ("crm.note", "crm.mail"):
        alarmed(stage, tool)
        drawn(stage, 3)
        for page, counted in costs.items():
            ada.get(f"/w/demo/evaluation/{page}")
            with questions() as asked:
                assert ada.get(f"/w/demo/evaluation/{page}").status_code == 200
            counted.append(len(asked))
    assert [(page, one) for page, one in costs.items() if one[0] != one[1] or one[0] > MOST[page]] == []
