"""manage.py policy: an exit code for pipelines, and problems with pointer and line on stderr."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts import services as accounts
from approvals import policies
from approvals.models import PolicyActivation
from approvals.services import policy_reading
from audit.actor import OPERATOR
from audit.models import Event
from tests.cast import POLICY, Stage

TESTED = POLICY + (
    "tests:\n  - given: {tool_call: {name: billing.refund, args: {customer_id: c1, amount_usd: 80}}, actor: otto}\n"
    "    expect: {effect: require_approval, rule: refunds-over-50}\n"
)


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("policy", *arguments, stdout=out, stderr=err, no_color=True)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def written(tmp_path: Path, text: str) -> str:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    return str(file)


def test_a_sound_document_passes_without_a_workspace(tmp_path: Path) -> None:
    file = written(tmp_path, POLICY)
    assert run("check", file) == (0, f"{file}: no problems\n", "")


def test_a_misspelled_key_is_named_with_its_line_and_pointer(tmp_path: Path) -> None:
    file = written(tmp_path, "name: x\nrules:\n  - id: a\n    efect: allow\n    effect: deny\n")
    code, out, err = run("check", file)
    assert (code, out) == (1, "")
    assert err == f"{file}: line 4, /rules/0/efect: efect is not a key here; did you mean effect? (unknown_key)\n"


def test_a_level_that_would_tell_nobody_now_is_warned_of(tmp_path: Path, stage: Stage) -> None:
    accounts.create_group(actor=OPERATOR, at=stage.at, workspace_id=stage.id, handle="leads", name="Leads")
    file = written(tmp_path, POLICY + "escalations:\n  ring:\n    - {after: 1m, notify: [{group: leads}]}\n")
    code, out, err = run("check", file, "--workspace", stage.slug)
    assert (code, out) == (0, f"{file}: no problems\n")
    assert err.startswith(f"{file}: warning: line ")
    assert "/escalations/ring/0/notify: nobody of these groups may vote now" in err


def test_a_plan_that_names_nobody_is_refused(tmp_path: Path, stage: Stage) -> None:
    file = written(tmp_path, POLICY + "schedules:\n  desk: {members: [ada, zoe]}\n")
    assert run("check", file)[0] == 0
    code, _, err = run("check", file, "--workspace", stage.slug)
    assert (code, err.count("\n"), "/schedules/desk/members/1: nobody here is called zoe" in err) == (1, 1, True)


def test_with_a_workspace_its_people_count(tmp_path: Path, stage: Stage) -> None:
    file = written(tmp_path, "name: x\ndefaults: {reviewers: [{group: finance, quorum: 3}]}\n")
    assert run("check", file)[0] == 0
    code, _, err = run("check", file, "--workspace", stage.slug)
    assert (code, "/defaults/reviewers/0/quorum" in err) == (1, True)


def test_the_documents_own_tests_run(tmp_path: Path) -> None:
    file = written(tmp_path, TESTED)
    assert run("test", file) == (0, f"{file}: 1 test passed\n", "")


def test_a_test_that_does_not_hold_fails_with_what_came_instead(tmp_path: Path) -> None:
    file = written(tmp_path, TESTED.replace("amount_usd: 80", "amount_usd: 40"))
    code, out, err = run("test", file)
    assert (code, out) == (1, "")
    assert "/tests/0/expect/rule: expected refunds-over-50, got small-refunds:" in err


def test_activating_makes_it_decide_as_the_operators_act(tmp_path: Path, stage: Stage) -> None:
    code, out, _ = run("activate", written(tmp_path, TESTED), "--workspace", stage.slug)
    active = policies.active(stage.id, fresh=True)
    assert active is not None
    assert (code, out.split()[1]) == (0, active.version_id)
    event = Event.objects.filter(kind="policy:activated").order_by("-id").first()
    assert event is not None
    assert (event.actor_kind, event.subject_id) == ("operator", active.version_id)


LOOSER = POLICY.replace("args.amount_usd <= 50", "args.amount_usd <= 60")


def test_what_loosens_is_not_activated_alone(tmp_path: Path, stage: Stage) -> None:
    before = policies.active(stage.id, fresh=True)
    file = written(tmp_path, LOOSER)
    code, out, err = run("activate", file, "--workspace", stage.slug)
    assert (code, out) == (1, "")
    assert err == f"{file}: This does not provably tighten the policy, so two people have to sign it.\n"
    assert policies.active(stage.id, fresh=True) == before


def test_an_operator_who_acts_alone_says_why(tmp_path: Path, stage: Stage) -> None:
    assert run("activate", written(tmp_path, LOOSER), "--workspace", stage.slug, "--alone", "Nobody answers")[0] == 0
    kept = PolicyActivation.everywhere.filter(workspace_id=stage.id).order_by("-id").first()
    assert kept is not None
    assert (kept.by_name, kept.why) == ("the operator", "Nobody answers")


def test_the_difference_has_an_exit_code(tmp_path: Path, stage: Stage) -> None:
    code, out, _ = run("diff", written(tmp_path, LOOSER), "--workspace", stage.slug)
    assert (code, out.splitlines()[0], out.splitlines()[-1]) == (
        1,
        "loosens: rule small-refunds changed",
        "Altogether: loosens",
    )
    code, out, _ = run("diff", written(tmp_path, POLICY), "--workspace", stage.slug)
    assert (code, out) == (0, "Altogether: same\n")


def test_a_proposal_waits_for_people(tmp_path: Path, stage: Stage) -> None:
    code, out, _ = run("propose", written(tmp_path, LOOSER), "--workspace", stage.slug, "--note", "From CI")
    (view,) = policy_reading.proposals(stage.id)
    assert (code, out) == (0, f"{view.id} proposes {view.version_id}: 2 people must sign it in the console\n")
    assert (view.note, view.by_name, view.signatures) == ("From CI", "the operator", ())


def test_a_backtest_says_what_people_had_stopped(tmp_path: Path, stage: Stage) -> None:
    for verdict in ("approve", "reject"):
        stage.review("ben", stage.submit(args={"customer_id": "c", "amount_usd": 60}), verdict, reason_code="other")
    file = written(tmp_path, LOOSER.replace('amount_usd > 50"', 'amount_usd > 60"'))
    code, out, _ = run("backtest", file, "--workspace", stage.slug)
    assert code == 1
    assert "  require_approval -> allow: 2 (approved 1, rejected 1)\n" in out
    assert "2 more would go through; people had rejected 1 and edited 0 of them.\n" in out
    assert run("backtest", written(tmp_path, POLICY), "--workspace", stage.slug)[0] == 0


def test_a_workspace_that_is_not_there_is_said(tmp_path: Path, db: None) -> None:
    with pytest.raises(CommandError, match=r"There is no workspace nowhere\."):
        run("activate", written(tmp_path, POLICY), "--workspace", "nowhere")


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(CommandError, match=r"Cannot read /nowhere\.yaml"):
        run("check", "/nowhere.yaml")
