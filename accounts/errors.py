"""Every refusal of accounts, by name. A door shows `detail` beside the field that it is about.

AccountError
├── NotFound             no such person, group, agent, key or invitation in this workspace
├── Invalid              a value cannot be kept as it is; `field` names it
│   └── WeakPassword     too short, too common or too close to the person
├── Conflict             what is there already does not allow it
│   ├── Taken            the name, handle or address is in use
│   ├── LastAdmin        a workspace keeps at least one admin
│   ├── StillOwner       an agent would lose the person who answers for it
│   ├── SharedAccount    the person also belongs to workspaces of others
│   ├── AlreadyOver      it was revoked, disabled, ended or bound before
│   └── AlreadySetUp     somebody has an account, so the first admin exists
├── LinkRefused          the link was used, withdrawn, has run out or is not ours
├── LoginRefused         e-mail and password do not match an active person
├── PasskeyRefused       what a browser sent is not the person's passkey signing what was asked; `code` says why
└── LockedOut            too many wrong passwords; wait
"""


class AccountError(Exception):
    """`code` is a stable word, `detail` says what to do next, `field` names the input that it is about, or ""."""

    code = "account_error"

    def __init__(self, detail: str = "", *, field: str = "", code: str = "") -> None:
        self.detail = detail or " ".join((self.__doc__ or "").split())
        super().__init__(self.detail)
        self.field = field
        self.code = code or self.code


class NotFound(AccountError):
    """There is none like that here. Check the id, and that it belongs to this workspace."""

    code = "not_found"


class Invalid(AccountError):
    """Change the value and send it again."""

    code = "invalid"


class WeakPassword(Invalid):
    """Choose a longer password that says nothing about you."""

    code = "weak_password"


class Conflict(AccountError):
    """Read again what is there, and decide on that."""

    code = "conflict"


class Taken(Conflict):
    """Choose another name: this one is in use."""

    code = "taken"


class LastAdmin(Conflict):
    """This is the last admin of the workspace. Make somebody else an admin first."""

    code = "last_admin"


class StillOwner(Conflict):
    """This person answers for an agent. Give the agent another owner, or disable it, first."""

    code = "still_owner"


class SharedAccount(Conflict):
    """This person also belongs to another workspace. End the membership here; the operator can end the account."""

    code = "shared_account"


class AlreadyOver(Conflict):
    """This is over already. Nothing was changed."""

    code = "already_over"


class AlreadySetUp(Conflict):
    """There is an account already. Log in, or have an admin invite you."""

    code = "already_set_up"


class LinkRefused(AccountError):
    """This link was used, withdrawn, or has run out. Ask for a new one."""

    code = "link_refused"


class LoginRefused(AccountError):
    """E-mail and password do not match. Try again, or ask for a new password."""

    code = "login_refused"


class PasskeyRefused(AccountError):
    """Ask your passkey again, on this console's own page."""

    code = "passkey_refused"


class LockedOut(AccountError):
    """Too many attempts. Wait 15 minutes and try again."""

    code = "locked_out"
