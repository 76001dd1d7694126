"""What a button carries: which action, which revision, and a MAC that nobody else can make. Nothing else.

`act_….<revision>.<mac>`, the MAC being 128 bits of HMAC-SHA256 over the Slack workspace, the action, the revision and
the digest of that revision's arguments: a value that we did not draw for exactly this call is no button of ours.
"""

import hmac
from dataclasses import dataclass
from hashlib import sha256

from django.utils.crypto import salted_hmac

from approvals import queries
from approvals.answers import ActionView
from tenancy import ids

HEX = 32


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of ours, and the digest of the revision that it stood under."""

    action_id: str
    revision: int
    digest: bytes


class Forged(ValueError):
    """The value was not made here. Nothing is done."""


def value(team: str, view: ActionView) -> str:
    """`team` is our id of the Slack workspace (`slt_…`)."""
    return f"{view.id}.{view.revision}.{_mac(team, view.id, view.revision, view.digest)}"


def parts(text: str) -> tuple[str, int, str]:
    """Raises Forged for what has not our shape."""
    action_id, _, rest = text.partition(".")
    revision, _, mac = rest.partition(".")
    if not (ids.is_id(action_id, "act") and revision.isascii() and revision.isdigit() and len(revision) < 6):
        raise Forged("This is no button of ours.")
    return action_id, int(revision), mac


def read(team: str, text: str, view: ActionView) -> Pressed:
    """Raises Forged. `view` is the action as it stands, which may be newer than the button."""
    action_id, revision, mac = parts(text)
    digest = _digest(view, revision) if action_id == view.id else None
    made = _mac(team, action_id, revision, digest) if digest else ""
    if digest is None or not hmac.compare_digest(made.encode(), mac.encode()):
        raise Forged("This is no button of ours.")
    return Pressed(action_id, revision, digest)


def _digest(view: ActionView, revision: int) -> bytes | None:
    if revision == view.revision:
        return view.digest
    return next((kept.digest for kept in queries.revisions(view) if kept.n == revision), None)


def _mac(team: str, action_id: str, revision: int, digest: bytes) -> str:
    told = f"{team}\n{action_id}\n{revision}\n{sha256(digest).hexdigest()}"
    return salted_hmac("console.slack.buttons", told, algorithm="sha256").hexdigest()[:HEX]
