"""Words of the law and of ours, as they stand in rows, events and forms."""

from django.db import models


class Subject(models.TextChoices):
    """Whom or what an erasure or a hold is about."""

    ACTION = "action", "One action"
    COUNTERPART = "counterpart", "A counterpart of actions"
    PERSON = "person", "A person who worked here"


class Basis(models.TextChoices):
    """Why a value is erased, by the letters of GDPR Art. 17(1); retention is the workspace's own rule."""

    NO_LONGER_NEEDED = "no_longer_needed", "No longer needed (GDPR Art. 17(1)(a))"
    CONSENT_WITHDRAWN = "consent_withdrawn", "Consent withdrawn (GDPR Art. 17(1)(b))"
    OBJECTION = "objection", "Objection (GDPR Art. 17(1)(c))"
    UNLAWFUL = "unlawful", "Processed unlawfully (GDPR Art. 17(1)(d))"
    LEGAL_DUTY = "legal_duty", "A law demands it (GDPR Art. 17(1)(e))"
    OTHER = "other", "Another basis, named in the note"
    RETENTION = "retention", "The time of keeping is over"
