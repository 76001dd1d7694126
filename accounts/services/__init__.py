"""The verbs that doors call. Each runs in one transaction, names its actor, and leaves a fact."""

from accounts.services.absences import cancel_absence, enter_absence
from accounts.services.agents import change_owner, create_agent, create_built_in_agent, disable_agent, enable_agent
from accounts.services.credentials import Credential, issue_key, issue_token, revoke_key, revoke_token, rotate_key
from accounts.services.deliveries import replay_delivery
from accounts.services.groups import add_to_group, create_group, remove_from_group
from accounts.services.invitations import accept_invitation, invite, revoke_invitation
from accounts.services.letters import choose_letters
from accounts.services.logins import log_in, log_out
from accounts.services.passkey_use import Proof, ask_passkey, use_passkey
from accounts.services.passkeys import (
    add_passkey,
    begin_passkey,
    remove_passkey,
    rename_passkey,
    reset_passkeys,
)
from accounts.services.passwords import change_password, request_reset, reset_password
from accounts.services.people import add_member, change_role, deactivate, end_membership, reactivate
from accounts.services.sessions import end_other_sessions, end_session, end_sessions, introduce, note_seen
from accounts.services.setup import accept_setup, setup_link
from accounts.services.slack import link_slack, note_slack_standing, unlink_slack
from accounts.services.usage import note_use
from accounts.services.versions import bind_label, register_version
from accounts.services.workspaces import create_workspace

__all__ = [
    "Credential",
    "Proof",
    "accept_invitation",
    "accept_setup",
    "add_member",
    "add_passkey",
    "add_to_group",
    "ask_passkey",
    "begin_passkey",
    "bind_label",
    "cancel_absence",
    "change_owner",
    "change_password",
    "change_role",
    "choose_letters",
    "create_agent",
    "create_built_in_agent",
    "create_group",
    "create_workspace",
    "deactivate",
    "disable_agent",
    "enable_agent",
    "end_membership",
    "end_other_sessions",
    "end_session",
    "end_sessions",
    "enter_absence",
    "introduce",
    "invite",
    "issue_key",
    "issue_token",
    "link_slack",
    "log_in",
    "log_out",
    "note_seen",
    "note_slack_standing",
    "note_use",
    "reactivate",
    "register_version",
    "remove_from_group",
    "remove_passkey",
    "rename_passkey",
    "replay_delivery",
    "request_reset",
    "reset_passkeys",
    "reset_password",
    "revoke_invitation",
    "revoke_key",
    "revoke_token",
    "rotate_key",
    "setup_link",
    "unlink_slack",
    "use_passkey",
]
