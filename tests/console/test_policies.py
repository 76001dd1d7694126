"""The pages about policies: read by everybody, written by leads and admins, decided by two of them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, reverse

from approvals import policies, services
from approvals.models import PolicyProposal, StandingGrant
from approvals.services import policy_reading
from audit.actor import Door
from console.web import policy_urls
from outbox import jobs
from outbox.models import Job
from tests.cast import POLICY, Stage
from tests.console.conftest import Browse

PATTERNS: list[URLPattern] = policy_urls.urlpatterns
LOOSER = POLICY.replace("args.amount_usd <= 50", "args.amount_usd <= 60")
TIGHTER = POLICY.replace("args.amount_usd <= 50", "args.amount_usd <= 40")
SEEN_BY_ALL = {
    "policies",
    "policy-version",
    "policy-proposal",
    "policy-backtest",
    "policy-backtest-progress",
    "policy-shadow",
    "standing-grants",
}
WRITTEN = sorted(str(p.name) for p in PATTERNS if p.name not in SEEN_BY_ALL)


def active(stage: Stage) -> str:
    found = policies.active(stage.id, fresh=True)
    assert found is not None
    return found.version_id


def proposed(stage: Stage, name: str = "ada", text: str = LOOSER) -> str:
    actor = stage.member(name).actor(Door.WEB)
    return services.propose_policy(actor=actor, at=stage.at, workspace_id=stage.id, text=text).proposal_id


def address(stage: Stage, name: str) -> str:
    ids = {
        "version_id": active(stage),
        "proposal_id": "prp_01m7waf705ewrb8xtcdnheqcvh",
        "job_id": "job_01m7waf705ewrb8xtcdnheqcvh",
        "grant_id": "sgr_01m7waf705ewrb8xtcdnheqcvh",
    }
    wanted = next(p for p in PATTERNS if p.name == name).pattern.converters
    return reverse(name, kwargs={"workspace": "demo", **{key: ids[key] for key in wanted}})


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("person", ["ben", "vera", "dana"])
def test_only_leads_and_admins_write(stage: Stage, browse: Browse, name: str, person: str) -> None:
    if (person, name) == ("ben", "standing-grant-revoke"):
        return  # Whoever may stop an agent may end what was granted to it.
    assert browse(person).post(address(stage, name)).status_code == 403


@pytest.mark.parametrize("name", ["policies", "policy-shadow", "standing-grants", "policy-version"])
def test_everybody_of_the_workspace_may_look(stage: Stage, browse: Browse, name: str) -> None:
    for person in ("ada", "ben", "vera", "dana"):
        assert browse(person).get(address(stage, name)).status_code == 200


def test_a_viewer_proposes_no_standing_grant(stage: Stage, browse: Browse) -> None:
    assert browse("vera").post("/w/demo/policies/grants", {"agent": "otto"}).status_code == 403


def test_a_change_goes_from_the_editor_through_two_people(stage: Stage, browse: Browse) -> None:
    ada, eve, before = browse("ada"), browse("eve"), active(stage)
    drawn = ada.get("/w/demo/policies/edit")
    assert (drawn.status_code, drawn.context["text"]) == (200, POLICY)
    sent = ada.post("/w/demo/policies/edit", {"text": LOOSER.replace("\n", "\r\n"), "note": "More", "propose": "1"})
    (view,) = policy_reading.proposals(stage.id)
    assert (sent.status_code, sent.headers["Location"]) == (302, f"/w/demo/policies/proposals/{view.id}")
    assert (view.text, view.note, view.by_name) == (LOOSER, "More", "Ada")
    page = ada.get(f"/w/demo/policies/proposals/{view.id}")
    assert "You have signed. Another person has to." in page.text
    assert "when: args.amount_usd &lt;= 50 → args.amount_usd &lt;= 60 (matches more)" in page.text
    signed = eve.post(f"/w/demo/policies/proposals/{view.id}/sign", {"base": before})
    assert (signed.headers["Location"], active(stage)) == ("/w/demo/policies/", view.version_id)


def test_a_stale_page_signs_nothing(stage: Stage, browse: Browse) -> None:
    proposal_id, before = proposed(stage), active(stage)
    other = proposed(stage, "eve", TIGHTER)
    browse("eve").post(f"/w/demo/policies/proposals/{other}/sign", {"base": before})
    answer = browse("eve").post(f"/w/demo/policies/proposals/{proposal_id}/sign", {"base": before}, follow=True)
    assert "Another policy became active since this page was drawn." in answer.text
    assert PolicyProposal.everywhere.get(pk=proposal_id).closed_at is None


def test_a_tightening_one_is_activated_by_whoever_wrote_it(stage: Stage, browse: Browse) -> None:
    ada = browse("ada")
    ada.post("/w/demo/policies/edit", {"text": TIGHTER, "propose": "1"})
    (view,) = policy_reading.proposals(stage.id)
    assert "One person may activate it." in ada.get(f"/w/demo/policies/proposals/{view.id}").text
    ada.post(f"/w/demo/policies/proposals/{view.id}/sign", {"base": active(stage)})
    assert active(stage) == view.version_id


def test_a_proposal_shows_the_lines_that_differ_and_the_page_the_freezes(stage: Stage, browse: Browse) -> None:
    frozen = POLICY + "freezes: [{id: now, from: 2020-01-01T00:00:00Z, to: 2120-01-01T00:00:00Z}]\n"
    proposal_id, ada = proposed(stage, text=frozen), browse("ada")
    drawn = ada.get(f"/w/demo/policies/proposals/{proposal_id}")
    assert [line.kind for line in drawn.context["written"]] == ["same", "same", "added"]
    assert "Provably tightens" in drawn.text
    ada.post(f"/w/demo/policies/proposals/{proposal_id}/sign", {"base": active(stage)})
    assert "holds now: Require approval" in browse("vera").get("/w/demo/policies/").text


@pytest.mark.parametrize(
    "path",
    [
        "edit?from=%00",
        "edit?from=pol_x",
        "edit?test=%00",
        "versions/%00",
        "proposals/%00",
        "backtests/%00",
        "backtests/x/progress",
    ],
)
def test_an_id_that_is_none_is_not_there(stage: Stage, browse: Browse, path: str) -> None:
    assert browse("ada").get(f"/w/demo/policies/{path}").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["versions/%00/roll-back", "versions/x/shadow", "proposals/%00/sign", "proposals/x/decline", "grants/%00/agree"],
)
def test_nothing_is_pressed_by_an_id_that_is_none(stage: Stage, browse: Browse, path: str) -> None:
    assert browse("ada").post(f"/w/demo/policies/{path}").status_code == 404


def test_a_declined_one_says_by_whom_and_why(stage: Stage, browse: Browse) -> None:
    proposal_id = proposed(stage)
    browse("eve").post(f"/w/demo/policies/proposals/{proposal_id}/decline", {"because": "Too much"})
    assert "declined by <bdi" in browse("vera").get(f"/w/demo/policies/proposals/{proposal_id}").text


def test_rolling_back_is_one_press(stage: Stage, browse: Browse) -> None:
    first = active(stage)
    proposal_id = proposed(stage, text=TIGHTER)
    ada = browse("ada")
    ada.post(f"/w/demo/policies/proposals/{proposal_id}/sign", {"base": first})
    assert ada.get("/w/demo/policies/").text.count("Roll back to it") == 1
    answer = ada.post(f"/w/demo/policies/versions/{first}/roll-back")
    (view,) = policy_reading.proposals(stage.id)
    assert answer.headers["Location"] == f"/w/demo/policies/proposals/{view.id}"
    assert view.note == "Back to an earlier version."


@pytest.mark.parametrize("press", ["check", "propose"])
def test_faults_are_drawn_beside_the_text_which_stays(stage: Stage, browse: Browse, press: str) -> None:
    text = LOOSER.replace("effect: allow", "effect: alow") + "# <script>\n"
    answer = browse("ada").post("/w/demo/policies/edit", {"text": text, press: "1"})
    assert answer.status_code == (200 if press == "check" else 422)
    assert answer.context["text"] == text
    assert [problem.code for problem in answer.context["checked"].problems] == ["unknown_word"]
    assert "# &lt;script&gt;" in answer.text
    assert PolicyProposal.everywhere.count() == 0


def test_the_check_of_a_half_written_text_is_a_part_of_the_page(stage: Stage, browse: Browse) -> None:
    answer = browse("ada").post("/w/demo/policies/edit/check", {"text": "name: x\nrules: [\n"})
    assert (answer.status_code, "1 fault" in answer.text, "<html" in answer.text) == (200, True, False)


@pytest.mark.parametrize("text", ["", "a" * 300_000, "name: x\0"])
def test_what_is_no_document_is_said_and_never_breaks(stage: Stage, browse: Browse, text: str) -> None:
    for path in ("/w/demo/policies/edit", "/w/demo/policies/edit/check"):
        assert browse("ada").post(path, {"text": text, "propose": "1"}).status_code in {200, 422}


@pytest.mark.parametrize(("word", "line"), [("test", "given:"), ("rule", "refund-")])
def test_a_decided_action_becomes_a_line_of_the_document(stage: Stage, browse: Browse, word: str, line: str) -> None:
    view = stage.review("ada", stage.submit())
    ada = browse("ada")
    assert f"?{word}={view.id}" in ada.get(f"/w/demo/actions/{view.id}").text
    drawn = ada.get(f"/w/demo/policies/edit?{word}={view.id}")
    at = drawn.context["line"]
    assert line in drawn.context["text"].splitlines()[at - 1]
    assert (drawn.context["checked"].problems, drawn.context["passed"]) == ((), int(word == "test"))


def test_the_page_counts_what_waits_for_ones_own_signature(stage: Stage, browse: Browse) -> None:
    proposed(stage)
    said = {name: browse(name).get("/w/demo/policies/").text for name in ("ada", "eve", "ben")}
    assert {name: "1 waits for your signature." in page for name, page in said.items()} == {
        "ada": False,
        "eve": True,
        "ben": False,
    }
    assert [name for name, page in said.items() if "waits for you</span>" in page] == ["eve"]


def test_an_open_action_becomes_nothing_yet(stage: Stage, browse: Browse) -> None:
    assert browse("ada").get(f"/w/demo/policies/edit?test={stage.submit().id}").status_code == 404


def test_a_backtest_runs_and_is_drawn(stage: Stage, browse: Browse) -> None:
    looser = LOOSER.replace('amount_usd > 50"', 'amount_usd > 60"')
    stage.review("ben", stage.submit(args={"customer_id": "c", "amount_usd": 55}), "reject", reason_code="other")
    proposal_id = proposed(stage, text=looser)
    version_id = policy_reading.proposal(stage.id, proposal_id).version_id
    ada = browse("ada")
    begun = ada.post(f"/w/demo/policies/versions/{version_id}/backtest", {"days": "7"})
    path = begun.headers["Location"]
    assert "Waits for a worker" in ada.get(path).text
    # What came in while it was ordered is not its past.
    Job.objects.update(payload={**Job.objects.get().payload, "until": datetime.now(UTC).isoformat()})
    assert jobs.hand_out(lambda job_id, until: work(job_id, until), at=datetime.now(UTC)) is False
    text = ada.get(path).text
    assert "1 more would go through; people had rejected 1 and edited 0 of them." in text
    assert "people: rejected" in text
    assert browse("vera").get(path + "/progress").status_code == 200


def work(job_id: str, until: datetime) -> None:
    assert jobs.run(job_id=job_id, leased_until=until) is True


def test_a_backtest_can_be_cancelled(stage: Stage, browse: Browse) -> None:
    version_id = policy_reading.proposal(stage.id, proposed(stage)).version_id
    path = browse("ada").post(f"/w/demo/policies/versions/{version_id}/backtest").headers["Location"]
    assert "Cancelled" in browse("ada").post(path + "/cancel", follow=True).text


def test_two_backtests_are_enough_at_once(stage: Stage, browse: Browse) -> None:
    version_id = policy_reading.proposal(stage.id, proposed(stage)).version_id
    path = f"/w/demo/policies/versions/{version_id}/backtest"
    answers = [browse("ada").post(path, follow=True).text for _ in range(3)]
    assert ["Two backtests are under way" in text for text in answers] == [False, False, True]


def test_a_shadow_is_started_seen_and_stopped(stage: Stage, browse: Browse) -> None:
    version_id = policy_reading.proposal(stage.id, proposed(stage, text=TIGHTER)).version_id
    ada = browse("ada")
    ada.post(f"/w/demo/policies/versions/{version_id}/shadow")
    view = stage.submit(args={"customer_id": "c", "amount_usd": 45}, at=datetime.now(UTC))
    text = browse("vera").get("/w/demo/policies/shadow").text
    assert (f"/w/demo/actions/{view.id}" in text, "Allow → Require approval" in text) == (True, True)
    assert "No version is tried" in ada.post("/w/demo/policies/shadow/stop", follow=True).text


GRANT = {"agent": "otto", "tool": "billing.refund", "when": "args.amount_usd <= 100\n\n", "days": "7", "why": "Daily"}


def test_a_standing_grant_needs_two_people_and_ends_by_one(stage: Stage, browse: Browse) -> None:
    ada, eve, ben = browse("ada"), browse("eve"), browse("ben")
    ada.post("/w/demo/policies/grants", GRANT)
    grant = StandingGrant.everywhere.get()
    assert (grant.clauses, grant.agreed_at) == (["args.amount_usd <= 100"], None)
    assert (">Agree<" in ada.get("/w/demo/policies/grants").text) is False
    eve.post(f"/w/demo/policies/grants/{grant.id}/agree")
    assert stage.submit().policy["standing_grant"] == grant.id
    ben.post(f"/w/demo/policies/grants/{grant.id}/revoke")
    assert stage.submit().state == "pending"


@pytest.mark.parametrize(
    ("field", "value"), [("agent", "nobody"), ("tool", "*"), ("when", "args.amount_usd"), ("days", "400"), ("why", "")]
)
def test_a_grant_that_cannot_be_is_said_beside_its_field(stage: Stage, browse: Browse, field: str, value: str) -> None:
    answer = browse("ada").post("/w/demo/policies/grants", {**GRANT, field: value})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])


@pytest.mark.parametrize("path", ["/w/demo/policies/", "/w/demo/policies/grants", "/w/demo/policies/shadow"])
def test_pages_ask_as_many_questions_for_three_rows_as_for_one(stage: Stage, browse: Browse, path: str) -> None:
    ada = browse("ada")
    counts = []
    for n in (1, 2, 3):
        proposed(stage, text=LOOSER + f"# {n}\n")
        services.propose_grant(
            actor=stage.member("ada").actor(Door.WEB),
            at=stage.at,
            workspace_id=stage.id,
            agent_name="otto",
            tool="crm.note",
            when=[],
            expires_at=stage.at + timedelta(days=1),
            why="",
        )
        ada.get(path)
        with CaptureQueriesContext(connection) as seen:
            assert ada.get(path).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] == counts[2]
