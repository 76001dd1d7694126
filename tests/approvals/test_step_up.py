"""Step-up: where the policy asks for a passkey, an approval counts only with a signature over exactly that approval."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from pytest_django.fixtures import Settings
from webauthn.helpers import base64url_to_bytes, decode_credential_public_key
from webauthn.helpers.decoded_public_key_to_cryptography import decoded_public_key_to_cryptography

from accounts import services as accounts
from accounts.models import Passkey, PasskeyChallenge
from approvals import errors, queries, services
from approvals.answers import ActionView
from approvals.models import Review
from approvals.strict_json import canonical
from audit.actor import Door
from tests.accounts.records import facts, secrets_of
from tests.accounts.test_passkeys import add
from tests.approvals.presses import edit, find, undo
from tests.authenticators import ORIGIN, Authenticator, text
from tests.cast import POLICY, Stage, use_policy

SIGNED = POLICY.replace("{id: refunds-over-50, tools:", "{id: refunds-over-50, step_up: passkey, tools:").replace(
    "    second_person_for_edits: true\n", ""
)
BIG = {"customer_id": "cus_1", "amount_usd": 800}


@pytest.fixture
def devices(stage: Stage) -> dict[str, Authenticator]:
    """Ada and Ben with a passkey each, under a policy that asks for one over 50 USD."""
    use_policy(stage, SIGNED)
    held = {"ada": Authenticator(), "ben": Authenticator()}
    for name, device in held.items():
        add(stage, name, device)
    return held


def asked(stage: Stage, name: str, view: ActionView, **given: Any) -> dict[str, Any]:
    given = {"at": stage.at, "revision": view.revision, "digest": view.digest, **given}
    return services.ask_step_up(member=stage.member(name), action_id=view.id, **given)


def sign(stage: Stage, name: str, view: ActionView, device: Authenticator, **given: Any) -> ActionView:
    return stage.review(name, view, assertion=device.get(asked(stage, name, view)), **given)


def refused(stage: Stage, view: ActionView, code: str, told: str, name: str = "ada", **given: Any) -> None:
    """The vote is refused by that code and sentence, and the action stays as it was."""
    before = find(stage, view)
    with pytest.raises(errors.StepUpRequired) as refusal:
        stage.review(name, view, **given)
    assert (refusal.value.code, told in refusal.value.detail) == (code, True), refusal.value.detail
    assert find(stage, view) == before


def test_ada_signs_and_the_log_says_by_passkey(stage: Stage, devices: dict[str, Authenticator]) -> None:
    view = stage.submit()
    done = sign(stage, "ada", view, devices["ada"])
    assert (done.state, done.votes[0].authenticated_by, done) == ("approved", "passkey", find(stage, view))
    told = {event.kind: event.data for event in queries.history(done)}
    assert told["action:decided"]["authenticated_by"] == "passkey"
    assert told["passkey:used"] == {"passkey": Passkey.objects.get(credential_id=devices["ada"].id).id}
    assert Passkey.objects.get(credential_id=devices["ada"].id).last_used_at == stage.at


def test_what_is_kept_lets_anybody_verify_what_was_signed(stage: Stage, devices: dict[str, Authenticator]) -> None:
    view = stage.submit()
    sign(stage, "ada", view, devices["ada"])
    kept = secrets_of("passkey:used", stage.id)[-1]["assertion"]
    assert kept["about"] == {
        "action": view.id,
        "digest": "sha256:" + view.digest.hex(),
        "revision": 1,
        "verdict": "approve",
        "workspace": stage.id,
    }
    bound = canonical({"about": kept["about"], "nonce": kept["nonce"], "user": stage.people["ada"]})
    challenge = hashlib.sha256(b"countersign passkey v1\n" + bound).digest()
    client = base64url_to_bytes(kept["client_data"])
    assert base64url_to_bytes(json.loads(client)["challenge"]) == challenge
    key = decoded_public_key_to_cryptography(decode_credential_public_key(bytes.fromhex(kept["public_key"])))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    signed = base64url_to_bytes(kept["authenticator_data"]) + hashlib.sha256(client).digest()
    key.verify(base64url_to_bytes(kept["signature"]), signed, ec.ECDSA(SHA256()))


@pytest.mark.parametrize(
    ("door", "told"),
    [
        (Door.WEB, "Press Approve and answer your browser; that needs JavaScript."),
        (Door.API, "Approve it in the console: http://127.0.0.1:8000/w/demo/actions/act_"),
        (Door.CLI, "Approve it in the console"),
    ],
)
def test_without_a_signature_no_door_approves(
    stage: Stage, devices: dict[str, Authenticator], door: Door, told: str
) -> None:
    view, member = stage.submit(), stage.member("ada")
    with pytest.raises(errors.StepUpRequired) as refusal:
        services.review(
            actor=member.actor(door, "x"),
            at=stage.at,
            member=member,
            action_id=view.id,
            revision=1,
            digest=view.digest,
            verdict="approve",
        )
    assert (refusal.value.code, told in refusal.value.detail) == ("step_up_required", True)
    assert find(stage, view) == view


def test_slack_sends_people_to_the_console(stage: Stage, devices: dict[str, Authenticator]) -> None:
    view, member = stage.submit(), stage.member("ada")
    answer = devices["ada"].get(asked(stage, "ada", view))
    with pytest.raises(errors.NotHere):
        services.review(
            actor=member.actor(Door.SLACK, "x"),
            at=stage.at,
            member=member,
            action_id=view.id,
            revision=1,
            digest=view.digest,
            verdict="approve",
            assertion=answer,
        )


def test_a_rejection_needs_none(stage: Stage, devices: dict[str, Authenticator]) -> None:
    assert stage.review("ada", stage.submit(), "reject").votes[0].authenticated_by == "password"


def test_a_signature_counts_once(stage: Stage, devices: dict[str, Authenticator]) -> None:
    view = stage.submit(args=BIG)
    answer = devices["ada"].get(asked(stage, "ada", view))
    assert stage.review("ada", view, assertion=answer).state == "pending"
    undo(stage, "ada", view)
    told = "That signature was used already; each counts once."
    refused(stage, view, "passkey_replayed", told, assertion=answer)


def test_a_signature_of_another_site_does_not_count(stage: Stage, devices: dict[str, Authenticator]) -> None:
    view = stage.submit()
    answer = devices["ada"].get(asked(stage, "ada", view), origin="https://countersign.evil.example")
    told = f"The passkey was used on another site than {ORIGIN}, so it does not count."
    refused(stage, view, "passkey_wrong_origin", told, assertion=answer)


def test_a_signature_inside_a_frame_of_another_site_does_not_count(
    stage: Stage, devices: dict[str, Authenticator]
) -> None:
    view = stage.submit()
    answer = devices["ada"].get(asked(stage, "ada", view), crossOrigin=True)
    refused(stage, view, "passkey_wrong_origin", "on another site", assertion=answer)


def test_a_signature_for_another_party_does_not_count(stage: Stage, devices: dict[str, Authenticator]) -> None:
    view = stage.submit()
    devices["ada"].party = "evil.example"
    answer = devices["ada"].get(asked(stage, "ada", view))
    refused(stage, view, "passkey_bad_signature", "The passkey's signature does not fit.", assertion=answer)


def test_a_late_signature_does_not_count(stage: Stage, devices: dict[str, Authenticator]) -> None:
    view = stage.submit()
    answer = devices["ada"].get(asked(stage, "ada", view))
    late = stage.at + timedelta(minutes=2)
    told = "It took longer than two minutes, so the signature does not count any more."
    refused(stage, view, "passkey_expired", told, assertion=answer, at=late)
    just = devices["ada"].get(asked(stage, "ada", view))
    in_time = late - timedelta(microseconds=1)
    assert stage.review("ada", view, assertion=just, at=in_time).state == "approved"


def test_the_signature_of_another_person_does_not_count(stage: Stage, devices: dict[str, Authenticator]) -> None:
    view = stage.submit()
    bens = devices["ben"].get(asked(stage, "ben", view))
    refused(stage, view, "passkey_of_another", "That signature was asked of another person.", assertion=bens)
    # Ben's is not spent by it.
    assert stage.review("ben", view, assertion=bens).state == "approved"


def test_the_passkey_of_another_person_does_not_count(stage: Stage, devices: dict[str, Authenticator]) -> None:
    view = stage.submit()
    mixed = devices["ben"].get(asked(stage, "ada", view))
    refused(stage, view, "passkey_unknown", "This passkey is not yours, or it was removed.", assertion=mixed)


def test_a_signature_of_another_action_does_not_count(stage: Stage, devices: dict[str, Authenticator]) -> None:
    first, second = stage.submit(), stage.submit(args={"customer_id": "cus_1", "amount_usd": 81})
    answer = devices["ada"].get(asked(stage, "ada", first))
    told = "Your passkey signed something else than this action."
    refused(stage, second, "passkey_for_another", told, assertion=answer)


def test_a_signature_of_an_old_revision_does_not_count(stage: Stage, devices: dict[str, Authenticator]) -> None:
    view = stage.submit(args=BIG)
    old = devices["ada"].get(asked(stage, "ada", view))
    args = canonical({**BIG, "amount_usd": 700})
    bens = devices["ben"].get(asked(stage, "ben", view, args=args))
    edited = stage.review("ben", view, args=args, assertion=bens)
    assert (edited.revision, edited.votes[0].authenticated_by) == (2, "passkey")
    with pytest.raises(errors.StaleRevision):
        stage.review("ada", view, assertion=old)
    told = "Your passkey signed revision 1, and this is revision 2."
    refused(stage, edited, "passkey_for_another", told, assertion=old)


def test_a_signature_of_an_edit_counts_for_exactly_that_edit(stage: Stage, devices: dict[str, Authenticator]) -> None:
    view = stage.submit()
    for_70 = asked(stage, "ada", view, args=canonical({"customer_id": "cus_1", "amount_usd": 70}))
    other = canonical({"customer_id": "cus_1", "amount_usd": 75})
    told = "Your passkey signed other arguments than these."
    answer = devices["ada"].get(for_70)
    refused(stage, view, "passkey_for_another", told, args=other, assertion=answer)


def test_an_edit_into_the_rule_is_signed_too(stage: Stage, devices: dict[str, Authenticator]) -> None:
    use_policy(stage, SIGNED.replace("effect: allow", "effect: require_approval"))
    small = stage.submit(args={"customer_id": "cus_1", "amount_usd": 5})
    assert small.terms["step_up"] is None
    with pytest.raises(errors.StepUpRequired):
        edit(stage, "ada", small, amount_usd=80)


def test_a_device_that_does_not_check_its_person_does_not_count(
    stage: Stage, devices: dict[str, Authenticator]
) -> None:
    view = stage.submit()
    devices["ada"].verifies = False
    answer = devices["ada"].get(asked(stage, "ada", view))
    refused(stage, view, "passkey_unverified", "Your device did not check that it is you", assertion=answer)


def test_a_forged_signature_does_not_count(stage: Stage, devices: dict[str, Authenticator]) -> None:
    view = stage.submit()
    forger = Authenticator(id=devices["ada"].id, count=50)
    answer = forger.get(asked(stage, "ada", view))
    refused(stage, view, "passkey_bad_signature", "The passkey's signature does not fit.", assertion=answer)


def test_a_challenge_of_ones_own_does_not_count(stage: Stage, devices: dict[str, Authenticator]) -> None:
    view = stage.submit()
    answer = devices["ada"].get({"challenge": "AAAA"})
    told = "This console did not ask for that signature"
    refused(stage, view, "passkey_unknown_challenge", told, assertion=answer)


def test_a_passkey_whose_counter_went_back_is_switched_off(stage: Stage, devices: dict[str, Authenticator]) -> None:
    view, device = stage.submit(args=BIG), devices["ada"]
    sign(stage, "ada", view, device)
    undo(stage, "ada", view)
    device.count -= 1
    told = "This passkey's counter went back, as that of a copy does. It is switched off"
    refused(stage, view, "passkey_copied", told, assertion=device.get(asked(stage, "ada", view)))
    row = Passkey.objects.get(credential_id=device.id)
    assert (row.ended_because, row.sign_count) == ("copied", 2)
    assert facts("passkey:barred", stage.id)[0]["data"] == {"passkey": row.id, "kept": 2, "given": 2}
    with pytest.raises(errors.StepUpRequired) as none:
        asked(stage, "ada", view)
    assert none.value.code == "passkey_missing"


def test_a_synced_passkey_counts_nothing_and_works_all_the_same(stage: Stage) -> None:
    use_policy(stage, SIGNED)
    device = Authenticator(count=0)
    add(stage, "ada", device)
    for _ in range(2):
        assert sign(stage, "ada", stage.submit(), device).state == "approved"


def test_refusals_are_facts_with_their_word(stage: Stage, devices: dict[str, Authenticator]) -> None:
    view = stage.submit()
    answer = devices["ada"].get(asked(stage, "ada", view), origin="https://evil.example")
    refused(stage, view, "passkey_wrong_origin", "another site", assertion=answer)
    assert [fact["data"] for fact in facts("passkey:refused", stage.id)] == [{"because": "passkey_wrong_origin"}]


def test_whoever_may_not_approve_is_asked_for_nothing(stage: Stage, devices: dict[str, Authenticator]) -> None:
    view = stage.submit()
    with pytest.raises(errors.NotAReviewer):
        asked(stage, "vera", view)
    with pytest.raises(errors.StaleRevision):
        asked(stage, "ada", view, revision=2)
    assert PasskeyChallenge.objects.filter(used_at=None).count() == 0


def test_a_passkey_that_was_reset_signs_nothing(stage: Stage, devices: dict[str, Authenticator]) -> None:
    view = stage.submit()
    answer = devices["ben"].get(asked(stage, "ben", view))
    ada = stage.member("ada").actor(Door.WEB, "password")
    accounts.reset_passkeys(actor=ada, at=stage.at, workspace_id=stage.id, user_id=stage.people["ben"])
    refused(stage, view, "passkey_unknown", "it was removed", name="ben", assertion=answer)


def test_after_the_undo_window_the_decision_still_says_passkey(stage: Stage, devices: dict[str, Authenticator]) -> None:
    use_policy(stage, SIGNED.replace("undo: {medium: 0s", "undo: {medium: 5s"))
    past = stage.at - timedelta(minutes=1)
    view = stage.submit(at=past)
    answer = devices["ada"].get(asked(stage, "ada", view, at=past))
    closing = stage.review("ada", view, assertion=answer, at=past)
    assert closing.closing_at is not None
    assert Review.everywhere.get(action_id=view.id).proof == {"authenticated_by": "passkey", "evidence": []}
    services.fire_due(at=stage.at)
    story = queries.history(find(stage, view))
    assert [(event.kind, event.data.get("authenticated_by")) for event in story] == [
        ("action:submitted", None),
        ("passkey:used", None),
        ("review:approved", "passkey"),
        ("action:decided", "passkey"),
    ]


def test_from_a_risk_on_every_approval_is_signed(stage: Stage) -> None:
    use_policy(stage, POLICY.replace("defaults: {effect:", "defaults: {passkey_from: medium, effect:"))
    assert stage.submit().terms["step_up"] == "passkey"
    assert stage.submit("crm.note", {"text": "x"}).terms["step_up"] is None
    small = stage.submit(args={"customer_id": "cus_1", "amount_usd": 5})
    assert (small.state, small.terms["step_up"]) == ("approved", None)


def test_what_was_asked_is_forgotten_after_an_hour(stage: Stage, devices: dict[str, Authenticator]) -> None:
    view = stage.submit()
    asked(stage, "ada", view)
    before = PasskeyChallenge.objects.filter(user_id=stage.people["ada"]).count()
    later = stage.at + timedelta(hours=1, seconds=1)
    asked(stage, "ada", view, at=later)
    assert (before, PasskeyChallenge.objects.filter(user_id=stage.people["ada"]).count()) == (2, 1)


def test_the_name_of_the_console_is_the_one_that_counts(
    stage: Stage, devices: dict[str, Authenticator], settings: Settings
) -> None:
    view = stage.submit()
    answer = devices["ada"].get(asked(stage, "ada", view))
    settings.BASE_URL = "https://sign.example.com"
    refused(stage, view, "passkey_wrong_origin", "https://sign.example.com", assertion=answer)


def test_the_challenge_covers_all_that_is_signed(stage: Stage, devices: dict[str, Authenticator]) -> None:
    view = stage.submit()
    asked(stage, "ada", view)
    row = PasskeyChallenge.objects.filter(used_at=None).get()
    assert row.about["digest"] == "sha256:" + view.digest.hex()
    # A row that was changed in the table is no longer what its challenge says.
    PasskeyChallenge.objects.filter(id=row.id).update(about={**row.about, "revision": 1, "action": "act_other"})
    answer = devices["ada"].get({"challenge": text(bytes(row.challenge))})
    refused(stage, view, "passkey_for_another", "signed something else", assertion=answer)
