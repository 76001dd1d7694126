"""The verbs that doors call. Each names its actor and its moment, and either happens whole or raises by name."""

from approvals.services.auditing import audit_waiting
from approvals.services.backtests import cancel_backtest, start_backtest
from approvals.services.claims import claim, keep_claim, release
from approvals.services.closing import undo
from approvals.services.edit import Edited
from approvals.services.escalating import escalate_due, forget_tallies
from approvals.services.listening import note_listening
from approvals.services.looking import look
from approvals.services.notices import forget_notices, letter_is_out, owe_letters, promise_letters
from approvals.services.opening import open_evidence
from approvals.services.policy import SavedPolicy, activate_policy, check_policy, ensure_policy, save_policy
from approvals.services.proposals import (
    Signed,
    activate_as_operator,
    decline_policy,
    propose_policy,
    roll_back,
    sign_policy,
)
from approvals.services.report import Report, report
from approvals.services.review import EditPreview, ask_step_up, preview_edit, review
from approvals.services.routing import escalate, reassign, remind
from approvals.services.seeding import seed, seed_due, set_seeding
from approvals.services.shadow import forget_shadows, start_shadow, stop_shadow
from approvals.services.spend import Spent, spend
from approvals.services.standing import agree_to_grant, propose_grant, revoke_grant
from approvals.services.submit import Validation, submit, validate
from approvals.services.sweep import fire_due, forget_answers
from approvals.services.talk import answer, ask, withdraw
from approvals.tokens import grant_for, jwks

__all__ = [
    "EditPreview",
    "Edited",
    "Report",
    "SavedPolicy",
    "Signed",
    "Spent",
    "Validation",
    "activate_as_operator",
    "activate_policy",
    "agree_to_grant",
    "answer",
    "ask",
    "ask_step_up",
    "audit_waiting",
    "cancel_backtest",
    "check_policy",
    "claim",
    "decline_policy",
    "ensure_policy",
    "escalate",
    "escalate_due",
    "fire_due",
    "forget_answers",
    "forget_notices",
    "forget_shadows",
    "forget_tallies",
    "grant_for",
    "jwks",
    "keep_claim",
    "letter_is_out",
    "look",
    "note_listening",
    "open_evidence",
    "owe_letters",
    "preview_edit",
    "promise_letters",
    "propose_grant",
    "propose_policy",
    "reassign",
    "release",
    "remind",
    "report",
    "review",
    "revoke_grant",
    "roll_back",
    "save_policy",
    "seed",
    "seed_due",
    "set_seeding",
    "sign_policy",
    "spend",
    "start_backtest",
    "start_shadow",
    "stop_shadow",
    "submit",
    "undo",
    "validate",
    "withdraw",
]
