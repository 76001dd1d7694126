"""Who may do what: the one table. Doors ask `may`; one test walks every cell."""

from django.db import models


class Role(models.TextChoices):
    ADMIN = "admin", "Admin"
    LEAD = "lead", "Lead"
    REVIEWER = "reviewer", "Reviewer"
    AUDITOR = "auditor", "Auditor"
    VIEWER = "viewer", "Viewer"


class Verb(models.TextChoices):
    SEE = "see", "see queue and actions"
    REVIEW = "review", "vote, edit, ask"
    ROUTE = "route", "escalate, reassign, claim"
    STOP = "stop", "pull the stop switch"
    RELEASE = "release", "release the stop switch"
    DRAFT_POLICY = "draft_policy", "draft and propose a policy"
    ACTIVATE_POLICY = "activate_policy", "activate a policy as second person"
    WORK_INCIDENT = "work_incident", "open and work an incident"
    CLOSE_INCIDENT = "close_incident", "close an incident"
    ADMINISTER = "administer", "manage people, groups, agents, keys and endpoints"
    RESET_PASSKEYS = "reset_passkeys", "reset the passkeys of others"
    LABEL = "label", "label, review blind, adjudicate"
    MAKE_DATASET = "make_dataset", "make datasets and gates"
    READ_DATASET = "read_dataset", "read datasets and gates"
    SEE_EVIDENCE = "see_evidence", "open disclosures, evidence and exports"
    OVERSEE = "oversee", "see how the workspace decides and send test actions"
    ERASE = "erase", "erase and hold, with a second person"


_ADMIN, _LEAD, _REVIEWER, _AUDITOR, _VIEWER = Role

ALLOWED: dict[Verb, frozenset[Role]] = {
    Verb.SEE: frozenset(Role),
    Verb.REVIEW: frozenset({_ADMIN, _LEAD, _REVIEWER}),
    Verb.ROUTE: frozenset({_ADMIN, _LEAD, _REVIEWER}),
    Verb.STOP: frozenset({_ADMIN, _LEAD, _REVIEWER}),
    Verb.RELEASE: frozenset({_ADMIN, _LEAD}),
    Verb.DRAFT_POLICY: frozenset({_ADMIN, _LEAD}),
    Verb.ACTIVATE_POLICY: frozenset({_ADMIN, _LEAD}),
    Verb.WORK_INCIDENT: frozenset({_ADMIN, _LEAD, _REVIEWER}),
    Verb.CLOSE_INCIDENT: frozenset({_ADMIN, _LEAD}),
    Verb.ADMINISTER: frozenset({_ADMIN}),
    Verb.RESET_PASSKEYS: frozenset({_ADMIN, _LEAD}),
    Verb.LABEL: frozenset({_ADMIN, _LEAD, _REVIEWER}),
    Verb.MAKE_DATASET: frozenset({_ADMIN, _LEAD}),
    Verb.READ_DATASET: frozenset({_ADMIN, _LEAD, _REVIEWER, _AUDITOR}),
    Verb.SEE_EVIDENCE: frozenset({_ADMIN, _AUDITOR}),
    Verb.OVERSEE: frozenset({_ADMIN, _LEAD}),
    Verb.ERASE: frozenset({_ADMIN, _AUDITOR}),
}


def may(role: str | None, verb: Verb) -> bool:
    """Whether a member with this role may do this; no role, no right."""
    return role is not None and Role(role) in ALLOWED[verb]
