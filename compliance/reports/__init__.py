"""The standard reports by name, in the order in which they are printed."""

from compliance.reports import decisions, duties, facts, integrity, let_through, overdue, policy_history, reviewers
from compliance.reports.shape import Asked, Report

REPORTS: dict[str, Report] = {
    report.name: report
    for report in (
        decisions.REPORT,
        reviewers.REPORT,
        let_through.REPORT,
        duties.REPORT,
        overdue.REPORT,
        policy_history.REPORT,
        facts.EVIDENCE,
        facts.ERASURES,
        integrity.REPORT,
    )
}

__all__ = ["REPORTS", "Asked", "Report"]
