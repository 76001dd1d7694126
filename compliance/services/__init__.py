"""The verbs of compliance. Each names its actor and its moment, and leaves a fact."""

from compliance.services.holding import agree_to_lift, ask_to_lift, place_hold
from compliance.services.reading import note_reading
from compliance.services.requests import agree_to_erase, decline_erasure, request_erasure
from compliance.services.retaining import keep_for, retain_due
from compliance.services.sampling import draw_sample

__all__ = [
    "agree_to_erase",
    "agree_to_lift",
    "ask_to_lift",
    "decline_erasure",
    "draw_sample",
    "keep_for",
    "note_reading",
    "place_hold",
    "request_erasure",
    "retain_due",
]
