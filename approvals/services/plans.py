"""The plans and rotations of a document against the people of a workspace."""

from datetime import UTC, datetime

from accounts import queries as accounts_queries
from approvals.policy.errors import Problem
from approvals.policy.lint_escalations import escalation_faults, escalation_warnings
from approvals.policy.model import Document
from approvals.services.calling import directory_of


def strangers(document: Document, workspace_id: str) -> tuple[Problem, ...]:
    """Whom they name and nobody is: such a document is not saved."""
    if not document.escalations and not document.schedules:
        return ()
    directory = directory_of(workspace_id, datetime.now(UTC))
    groups = accounts_queries.every_group(workspace_id)
    return escalation_faults(document, groups=groups, known=directory.count)


def warnings(document: Document, workspace_id: str) -> tuple[Problem, ...]:
    """Levels that may be saved and would tell nobody now."""
    if not document.escalations:
        return ()
    return escalation_warnings(document, groups=accounts_queries.every_group(workspace_id))
