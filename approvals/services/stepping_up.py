"""Step-up: where the policy asks for it, an approval is signed by the person's passkey.

The signature is bound to the action, the revision, its digest and the verdict, and counts once within two minutes.
"""

from datetime import datetime
from typing import Any

from django.conf import settings

from accounts import services as accounts
from accounts.errors import PasskeyRefused
from accounts.queries import Member
from accounts.services import Proof
from approvals.answers import ActionView
from approvals.errors import StepUpRequired
from approvals.states import Verdict
from audit import record
from audit.actor import Actor, Door
from audit.canonical import plain
from audit.kinds import EventKind
from audit.record import Secret
from tenancy import scope
from tenancy.rows import Row

PASSKEY = "passkey"


def about(view: ActionView) -> dict[str, Any]:
    """What a passkey signs when this is approved."""
    return {
        "action": view.id,
        "digest": "sha256:" + view.digest.hex(),
        "revision": view.revision,
        "verdict": Verdict.APPROVE.value,
        "workspace": view.workspace_id,
    }


class StepUp:
    """The answer of one person's passkey, within one vote. A vote that has to be counted again uses it once only."""

    def __init__(self, actor: Actor, member: Member, at: datetime, answer: str) -> None:
        self.actor, self.member, self.at, self.answer = actor, member, at, answer
        self.rows: tuple[Row, ...] = ()
        self._signed: dict[str, Any] | None = None

    def confirm(self, view: ActionView) -> str:
        """How the person proved who they are for an approval of `view`; `rows` then hold the fact of the signature.

        Raises StepUpRequired.
        """
        if not view.terms["step_up"]:
            return self.actor.authenticated_by
        wanted = about(view)
        if self._signed == wanted:
            return PASSKEY
        if not self.answer:
            raise StepUpRequired(_where(self.actor, view))
        try:
            proof = accounts.use_passkey(at=self.at, user_id=self.member.user_id, about=wanted, answer=self.answer)
        except PasskeyRefused as error:
            self._tell_refusal(view, error.code)
            raise StepUpRequired(error.detail, code=error.code) from error
        self._signed, self.rows = wanted, self._used(view, proof)
        return PASSKEY

    def _used(self, view: ActionView, proof: Proof) -> tuple[Row, ...]:
        # Who signed is the person's; the fact stands in the log with the vote, or not at all.
        return record.prepare(
            kind=EventKind.PASSKEY_USED,
            workspace_id=view.workspace_id,
            actor=self.actor,
            at=self.at,
            subject=("action", view.id),
            action_id=view.id,
            revision=view.revision,
            digest=view.digest,
            data={"passkey": proof.passkey_id},
            secrets=[Secret("assertion", plain(proof.evidence), self.member.user_id)],
        ).rows

    def _tell_refusal(self, view: ActionView, code: str) -> None:
        with scope.acting(view.workspace_id):
            record.record(
                kind=EventKind.PASSKEY_REFUSED,
                workspace_id=view.workspace_id,
                actor=self.actor,
                at=self.at,
                subject=("action", view.id),
                action_id=view.id,
                data={"because": code},
            )


def _where(actor: Actor, view: ActionView) -> str:
    told = "The policy asks for a passkey here. Nothing was changed."
    if actor.door is Door.WEB:
        return f"{told} Press Approve and answer your browser; that needs JavaScript."
    return f"{told} Approve it in the console: {settings.BASE_URL}/w/{view.workspace_slug}/actions/{view.id}"
