"""The modules that are values in, values out, as far as they exist."""

from tests.architecture.source import ROOT

DECLARED = (
    "approvals.care",
    "approvals.digest",
    "approvals.dry_run",
    "approvals.escalation",
    "approvals.exercises",
    "approvals.findings",
    "approvals.grants",
    "approvals.marks",
    "approvals.outliers",
    "approvals.policy",
    "approvals.reach",
    "approvals.repeats",
    "approvals.strict_json",
    "approvals.summary",
    "audit.canonical",
    "audit.merkle",
    "audit.note",
    "audit.proofs",
    "audit.tiles",
    "audit.trust",
    "feedback.agreement",
    "feedback.autonomy",
    "feedback.calibration",
    "feedback.cards",
    "feedback.counts",
    "feedback.drift",
    "feedback.features",
    "feedback.gate",
    "feedback.iban",
    "feedback.intervals",
    "feedback.lessons",
    "feedback.nearness",
    "feedback.readiness",
    "feedback.redaction",
    "feedback.splits",
    "tenancy.ids",
)


def exists(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


PURE = tuple(name for name in DECLARED if exists(name))
