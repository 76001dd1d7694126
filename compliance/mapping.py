"""Which requirement each report answers. The table is printed in every PDF report and stands in docs/compliance.md.

Sources: Regulation (EU) 2024/1689; AICPA Trust Services Criteria 2017 (points of focus of 2022); ISO/IEC 42001:2023,
Annex A; NIST AI 100-1. A report is evidence for a requirement, never proof that the whole of it is met.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Requirement:
    """`reports` are names of standard reports, or `bundle`."""

    framework: str
    clause: str
    asks: str
    reports: tuple[str, ...]


EU, SOC, ISO, NIST = "EU AI Act", "SOC 2", "ISO/IEC 42001", "NIST AI RMF"

MAPPING = (
    Requirement(EU, "Art. 12", "Events are logged automatically over the system's lifetime.", ("integrity", "bundle")),
    Requirement(
        EU,
        "Art. 14",
        "People oversee the system, can refuse, change or stop what it does, and do not rely on it blindly.",
        ("decisions", "reviewers", "let-through", "overdue"),
    ),
    Requirement(EU, "Art. 19", "The logs are kept for at least six months.", ("integrity", "erasures", "bundle")),
    Requirement(
        EU,
        "Art. 26",
        "Deployers assign oversight to competent people, watch the operation and keep the logs.",
        ("reviewers", "duties", "overdue", "integrity"),
    ),
    Requirement(SOC, "CC6", "Access is granted by need, and duties are kept apart.", ("duties", "evidence")),
    Requirement(SOC, "CC7", "Operations are watched, and deviations are found and handled.", ("overdue", "integrity")),
    Requirement(SOC, "CC8", "Changes are authorised, tested and recorded.", ("policy-history", "decisions")),
    Requirement(ISO, "A.6.2.8", "Event logs are kept where the AI system is in use.", ("integrity", "bundle")),
    Requirement(
        ISO, "A.9", "The AI system is used responsibly and as intended.", ("decisions", "let-through", "reviewers")
    ),
    Requirement(NIST, "GOVERN 2.1", "Roles and lines of responsibility are documented.", ("duties", "policy-history")),
    Requirement(NIST, "MAP 3.5", "Human oversight is defined and documented.", ("reviewers", "policy-history")),
    Requirement(
        NIST, "MEASURE 2.8", "Transparency and accountability are examined.", ("decisions", "evidence", "bundle")
    ),
    Requirement(
        NIST,
        "MANAGE 4.1",
        "Systems are monitored after deployment, overrides and appeals included.",
        ("overdue", "decisions"),
    ),
)


def answered_by(names: set[str]) -> list[Requirement]:
    """The requirements that these reports are evidence for."""
    return [one for one in MAPPING if names & set(one.reports)]
