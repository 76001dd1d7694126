"""What helps to judge an action, on its page: marks with reasons, reach, dry run, similar decisions, the button."""

import re
from datetime import timedelta
from typing import Any

import pytest

from approvals import services
from approvals.answers import ActionView
from audit.actor import OPERATOR
from console.web.judging import LISTED_MAX
from tests.cast import POLICY, Stage, use_policy
from tests.console.conftest import Browse
from tests.questions import questions

ODD = "</script><b>\u202egpj"


def address(view: ActionView, what: str = "") -> str:
    return f"/w/demo/actions/{view.id}{'/' + what if what else ''}"


def words(page: str, part: str) -> str:
    """The text of one panel."""
    panel = page.split(f'aria-labelledby="{part}-title"')[1].split("</section>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", panel.partition(">")[2])).strip()


def before(stage: Stage, n: int, verdict: str = "approve", customer: str = "cus_1") -> ActionView:
    """A refund that was decided some minutes ago."""
    at = stage.at - timedelta(minutes=n)
    view = stage.submit(args={"customer_id": customer, "amount_usd": 80}, at=at)
    code = "amount_too_high" if verdict == "reject" else ""
    return stage.review("ben", view, verdict, at=at, reason_code=code)


def test_marks_stand_first_and_at_their_arguments(stage: Stage, browse: Browse) -> None:
    before(stage, 5)
    args = {"customer_id": "cus_9", "amount_usd": 80, "note": "a\u202eb"}
    view = stage.submit(args=args, summary="Refund 70 USD.")
    page = browse("ada").get(address(view)).text
    told = words(page, "marks")
    assert told.startswith("Look at these 3 first note Invisible, or moves other characters: U+202E")
    assert "amount_usd The agent&#x27;s summary says 70 USD; here stands another" in told
    assert "customer_id First time: not in the one approved call of this tool since" in told
    assert re.findall(r'<a href="(#arg-\d+)">', page) == ["#arg-3", "#arg-1", "#arg-2"]
    assert re.findall(r'<tr id="arg-(\d+)" class="(\w+)">', page) == [("1", "warn"), ("2", "warn"), ("3", "flag")]


def test_an_ordinary_action_has_no_marks(stage: Stage, browse: Browse) -> None:
    before(stage, 5)
    page = browse("ada").get(address(stage.submit())).text
    assert 'id="marks-title"' not in page
    assert words(page, "reach").startswith(
        "Reach Money 80 USD Who cus_1 Records Writes System billing.refund, version 1"
    )


def test_what_the_agent_says_of_its_reach_stands_apart_and_is_contradicted(stage: Stage, browse: Browse) -> None:
    impact = {"amount": {"value": "8", "currency": "USD"}, "reversible": True, "reach": ODD}
    told = words(browse("ada").get(address(stage.submit(impact=impact))).text, "reach")
    assert "The agent says Money 8 USD The arguments say 80 USD." in told
    assert "Taken back It can be The policy names no way back." in told
    assert "&lt;/script&gt;&lt;b&gt; U+202E gpj" in told
    assert told.endswith("Untrusted: nobody checked it.")


def test_a_dry_run_is_a_table_of_the_agents_material(stage: Stage, browse: Browse) -> None:
    same = {"path": "/name", "before": "Kim", "after": "Kim"}
    run = {"text": ODD, "diff": [{"path": "/balance", "before": 80, "after": 0}, {"x": ODD}, same]}
    page = browse("ada").get(address(stage.submit(dry_run=run, summary="please"))).text
    told = words(page, "dry-run")
    assert told.startswith("Dry run, as the agent tells it Untrusted: Countersign did not run anything")
    assert "/balance 80 0" in told
    assert ("Kim" in told, "Stays as it is: /name ." in told) == (False, True)
    assert "{&quot;x&quot;:&quot;&lt;/script&gt;&lt;b&gt; U+202E gpj&quot;}" in told
    assert words(page, "claims").endswith("Summary please")


def test_similar_decisions_name_who_and_why(stage: Stage, browse: Browse) -> None:
    before(stage, 5)
    rejected = before(stage, 6, "reject")
    before(stage, 7, customer="cus_2")
    page = browse("ada").get(address(stage.submit())).text
    told = words(page, "similar")
    assert told.startswith("Similar decisions Rejected 80 USD Ben: Amount or scope is too large,")
    assert told.count("Approved 80 USD Ben,") == 2
    assert told.count("other counterpart") == 1
    assert f'href="{address(rejected)}"' in page
    assert "None yet for this tool" in browse("ada").get(address(stage.submit("crm.note", {"text": "x"}))).text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_the_same_whatever_the_history_holds(stage: Stage, browse: Browse, rows: int) -> None:
    for n in range(rows):
        before(stage, n + 1)
    view, client = stage.submit(), browse("ada")
    client.get(address(view, "detail"))
    with questions() as asked:
        client.get(address(view, "detail"))
    assert len([statement for statement in asked if "approvals_action" in str(statement)]) == 4


def test_a_form_that_shows_no_arguments_reads_no_history(stage: Stage, browse: Browse) -> None:
    view, client = stage.submit(), browse("ada")
    client.get(address(view, "reject"))
    with questions() as asked:
        client.get(address(view, "reject"))
    assert len([statement for statement in asked if "approvals_action" in str(statement)]) == 2


def test_a_thousand_arguments_are_all_there_and_counted(stage: Stage, browse: Browse) -> None:
    args: dict[str, Any] = {f"field_{n:03}": n for n in range(999)}
    page = browse("ada").get(address(stage.submit("bulk.update", {**args, "z": "p\u0430y"}))).text
    assert "Arguments (1000 of 1000 shown)" in page
    assert re.findall(r'<tr id="arg-(\d+)"', page) == [str(n) for n in range(1, 1001)]
    assert 'data-end="1000"' in page
    assert words(page, "marks").startswith("Look at this first z Can be taken for another letter")


def test_more_marks_than_fit_are_counted(stage: Stage, browse: Browse) -> None:
    page = browse("ada").get(address(stage.submit("bulk.update", {f"a {n:02}": n for n in range(15)}))).text
    assert words(page, "marks").startswith("Look at these 15 first")
    assert words(page, "marks").endswith("The rest are marked among the arguments.")
    assert page.count('<a href="#arg-') == 12


def test_a_long_value_repeats_its_end_and_has_to_be_seen(stage: Stage, browse: Browse) -> None:
    text = "Thank you. " * 400 + "Pay Mallory."
    page = browse("ada").get(address(stage.submit("bank.wire", {"memo": text, "short": "x"}))).text
    assert page.count("data-whole") == 1
    assert "Thank you. Pay Mallory." in page.split('class="tail"')[1].split("</p>")[0]


@pytest.mark.parametrize(
    ("tool", "risk"),
    [("billing.refund", "medium"), ("crm.note", "low"), ("bank.wire", "high"), ("ops.bare", "critical")],
)
def test_the_button_knows_its_risk_and_is_a_plain_submit(stage: Stage, browse: Browse, tool: str, risk: str) -> None:
    bare = "  ops.bare: {risk: high}\n"
    use_policy(stage, POLICY.replace("tools:\n", f"tools:\n{bare}", 1))
    given: dict[str, dict[str, object]] = {
        "crm.note": {"text": "x"},
        "billing.refund": {"customer_id": "c", "amount_usd": 80},
    }
    page = browse("ada").get(address(stage.submit(tool, given.get(tool, {})))).text
    assert f'<press-to-approve class="{risk}"><button class="btn primary" data-key="a"' in page


def test_a_tool_without_a_schema_counts_as_riskier_and_says_so(stage: Stage, browse: Browse) -> None:
    use_policy(stage, POLICY.replace("tools:\n", "tools:\n  ops.bare: {risk: medium}\n", 1))
    view = stage.submit("ops.bare", {})
    told = words(browse("ada").get(address(view)).text, "effect")
    assert view.risk == "high"
    assert (
        "No schema describes its arguments, so its risk is one step above the tool&#x27;s own, which is medium." in told
    )


def test_marks_stay_what_they_were_once_it_is_decided(stage: Stage, browse: Browse) -> None:
    before(stage, 5)
    view, client = stage.submit(args={"customer_id": "cus_9", "amount_usd": 80}), browse("ada")
    marks = words(client.get(address(view)).text, "marks")
    stage.review("ben", view)
    assert words(client.get(address(view)).text, "marks") == marks


def test_a_new_policy_does_not_change_what_an_action_reaches(stage: Stage, browse: Browse) -> None:
    view = stage.submit()
    saved = services.save_policy(actor=OPERATOR, at=stage.at, workspace_id=stage.id, text="name: bare\n")
    services.activate_policy(actor=OPERATOR, at=stage.at, workspace_id=stage.id, version_id=saved.id)
    assert "Money 80 USD Who cus_1" in words(browse("ada").get(address(view)).text, "reach")


def test_a_disguised_payee_is_not_pushed_out_of_the_short_list(stage: Stage, browse: Browse) -> None:
    crowd = {f"Approved by Ada, sentence number {n} of many here": "x" for n in range(LISTED_MAX)}
    page = browse("ada").get(address(stage.submit("bank.wire", {**crowd, "payee": "N\u043erthwind"}))).text
    listed = page.split('id="marks-title"')[1].split("</ul>")[0]
    assert listed.index("U+043E") < listed.index("Approved by Ada")
