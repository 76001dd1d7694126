"""Workspaces, people, agents and their credentials."""

from accounts.models.machines import Agent, AgentVersion, ApiKey, PersonToken, Scope
from accounts.models.passkeys import Passkey, PasskeyChallenge
from accounts.models.people import Absence, Group, GroupMember, Invitation, Letters, Membership, User, Workspace
from accounts.models.sessions import BrowserSession
from accounts.models.slack import SlackIdentity

__all__ = [
    "Absence",
    "Agent",
    "AgentVersion",
    "ApiKey",
    "BrowserSession",
    "Group",
    "GroupMember",
    "Invitation",
    "Letters",
    "Membership",
    "Passkey",
    "PasskeyChallenge",
    "PersonToken",
    "Scope",
    "SlackIdentity",
    "User",
    "Workspace",
]
