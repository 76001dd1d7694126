"""Who was erased stands in no row of any table, whatever it is for: the whole database is dumped and searched."""

import base64
from datetime import timedelta

import pytest
from django.db import connection

from accounts import services as accounts
from accounts.models import User
from accounts.services import endpoints
from approvals import services
from approvals.models import Escalation, Notification
from audit import keys
from audit.actor import Door
from audit.models import Event
from console.models import SlackTeam
from console.services import slack
from tests.approvals.escalating import with_plan
from tests.approvals.presses import ask, edit
from tests.audit.test_keys import dump
from tests.cast import PASSWORD, Stage, use_policy
from tests.compliance.conftest import agree, work
from tests.compliance.conftest import ask as ask_to_erase
from tests.compliance.planted import places
from tests.compliance.test_plain_bytes import MAIL, NAME, WORD, told
from tests.feedback.taking_part import take_part

ACCOUNT, STRANGER = "U0QUENTIN7", "U0STRANGER"
OF_FEEDBACK = {
    f"feedback_{place}"
    for place in (
        "readinesscontrol.owner_name", "readinesscontrol.set_by", "dataset.by_name", "datasetversion.by_name",
        "evalrun.by_name", "baseline.moved_by", "gateresult.by_name", "gateplan.owner_name", "gateplan.by_name",
        "judgecalibration.by_name", "look.reviewer_name", "look.comment", "look.answer", "outcome.by_name",
        "outcome.comment", "alert.owner_name", "alert.closed_by", "alert.note", "taxonomy.by_name",
    )
} | {"outbox_job.payload"}  # fmt: skip
LEFT = (NAME, "Quentin", MAIL, WORD, ACCOUNT, "203.0.113.77")


def lived(stage: Stage) -> None:
    """Quentin joins, is reached over Slack, presses before his account is known, and says his word wherever he can."""
    given = told(stage)
    accounts.add_member(email=MAIL, name=NAME, role="reviewer", password=PASSWORD, **given)
    user_id = stage.people["quentin"] = User.objects.get(email=MAIL).id
    accounts.add_to_group(handle="reviewers", user_id=user_id, **given)
    accounts.issue_token(user_id=user_id, name=WORD, **given)
    accounts.log_in(at=stage.at, email=MAIL, password=PASSWORD, address="203.0.113.77")
    until = stage.at + timedelta(days=2)
    accounts.enter_absence(user_id=user_id, begins_at=stage.at + timedelta(days=1), ends_at=until, note=WORD, **given)
    slack.install(team_id="T00000001", bot_token="xoxb", bot_user_id="U00000001", team_name="Demo", **given)
    team = SlackTeam.everywhere.get()
    for account in (ACCOUNT, STRANGER):
        slack.refused(at=stage.at, team=team, slack_user_id=account, why="unlinked")
    accounts.link_slack(team_id="T00000001", slack_user_id=ACCOUNT, user_id=user_id, **given)
    use_policy(stage, with_plan())
    view = stage.submit()
    quentin = stage.member("quentin")
    services.escalate(
        actor=quentin.actor(Door.WEB, "password"), at=stage.at, member=quentin, action_id=view.id, reason=WORD
    )
    ask(stage, "quentin", view, WORD)
    edit(stage, "quentin", view, note="less")
    stage.review("quentin", stage.submit(), "reject", reason_code="other", comment=WORD)
    endpoints.add_endpoint(
        actor=quentin.actor(Door.WEB, "password"),
        at=stage.at,
        workspace_id=stage.id,
        url="https://hooks.example/in",
        kinds=["action.decided"],
    )
    take_part(stage, "quentin", WORD)
    # Somebody whom the plan names and who is away leaves their name in why nobody was told.
    Escalation.everywhere.filter(by_id=user_id).update(because=f"{NAME}: away; Ben: away")
    Notification.everywhere.filter(user_id=None).update(user_name=NAME, via=f"for {NAME}, who is away")
    accounts.end_membership(user_id=user_id, **given)


def forget(stage: Stage) -> None:
    erasure = ask_to_erase(stage, "person", stage.people["quentin"], note=NAME)
    done = work(stage, agree(stage, erasure), stage.at + timedelta(days=1))
    assert (done.outcome, done.passed_by) == ("executed", 0)


def test_names_reasons_and_accounts_of_an_erased_person_stand_nowhere(stage: Stage) -> None:
    lived(stage)
    told = {"approvals_escalation.by_name", "audit_disclosure.value", "outbox_endpoint.by_name", *OF_FEEDBACK}
    assert told <= set(places(*LEFT))
    bodies = b"".join(bytes(body) for body in Event.objects.values_list("body", flat=True))
    assert [word for word in (*LEFT, STRANGER) if word.encode() in bodies] == []
    forget(stage)
    assert places(*LEFT) == []
    assert places(STRANGER) == ["audit_disclosure.value"]


def told_of_quentin() -> list[bytes]:
    """The sealed values that name him or repeat his words, as a backup of the side table alone holds them."""
    with connection.cursor() as cursor:
        cursor.execute("select value from audit_disclosure")
        sealed = [bytes(value) for (value,) in cursor.fetchall()]
    return [value for value in sealed if any(word.encode() in keys.unseal(value) for word in LEFT)]


def test_a_copy_of_what_was_disclosed_before_is_worth_nothing(stage: Stage) -> None:
    lived(stage)
    kept = told_of_quentin()
    assert len(kept) > 10
    forget(stage)
    keys.forget_all()
    assert {keys.unseal(value) for value in kept} == {b""}


@pytest.mark.postgres
def test_a_dump_of_everything_holds_nothing_of_an_erased_person(open_stage: Stage) -> None:
    lived(open_stage)
    before = dump().lower()
    assert all(word.lower() in before for word in (NAME, MAIL, WORD))
    forget(open_stage)
    dumped = dump().lower()
    forms = [(word, form(word)) for word in LEFT for form in (_plain, _hex, _base64)]
    assert [word for word, form in forms if form in dumped] == []


def _plain(word: str) -> str:
    return word.lower()


def _hex(word: str) -> str:
    return word.encode().hex()


def _base64(word: str) -> str:
    return base64.b64encode(word.encode()).decode()[:-4].lower()
