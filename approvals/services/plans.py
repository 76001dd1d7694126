"""The plans and rotations of a document against the people of a workspace."""

from datetime import UTC, datetime

from django.conf import settings
from django.utils.module_loading import import_string

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
    """What may be saved and is doubtful: levels that would tell nobody now, and what the advisers of `POLICY_ADVISERS`
    know. These are named there and not imported, because they stand on floors above.
    """
    advised = [found for name in settings.POLICY_ADVISERS for found in import_string(name)(document, workspace_id)]
    if not document.escalations:
        return tuple(advised)
    return (*escalation_warnings(document, groups=accounts_queries.every_group(workspace_id)), *advised)
