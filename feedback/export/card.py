"""The card of a version in Markdown: what is in it, how it came about, and what it is not good for."""

import re
from collections.abc import Mapping

from feedback.queries import DatasetView, VersionView

BIASES = (
    "The calls are those that policy sent to people. What it let through was judged by nobody.",
    "One person's approval is agreement, not truth: people approve by habit too. The tier says how many judged.",
    "A rejection names no better call. Such examples say what is wrong and never what is right.",
    "Reviewers, rules and agents change with time; provenance names the versions of each.",
)
LIMITS = "Good for evaluating and improving agents on tool calls of this workspace's kind. Not for judging reviewers."
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~-])")


def plain(text: str) -> str:
    """Untrusted words on one line, without their markup."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def markdown(dataset: DatasetView, version: VersionView) -> str:
    """Deterministic: the same version gives the same card."""
    redaction = version.manifest["redaction"]
    lines = [
        f"# {plain(dataset.name)}, version {version.n}",
        "",
        plain(dataset.description) or "Decisions of people about calls that agents wanted to make.",
        "",
        f"- Manifest SHA-256: `{version.manifest_sha256}`",
        f"- Examples: {version.size}",
        f"- Frozen: {version.frozen_at:%Y-%m-%d %H:%M:%S} UTC",
        f"- Status: {version.status}",
        f"- Redaction: `{redaction}` (e-mail addresses, card numbers, IBANs, credentials; types are kept)",
        f"- Splits: salted hash of the group, salt `{plain(dataset.salt)}`, "
        + ", ".join(f"{name} {share} %" for name, share in dataset.shares.items() if share),
        "",
    ]
    for title, name in (("Splits", "split"), ("Decisions", "decision"), ("Tools", "tool"), ("Label tiers", "tier")):
        lines += _table(title, version.counts.get(name, {}))
    lines += ["## Left out and repeated", ""]
    left_out: Mapping[str, int] = version.report["left_out"]
    lines += [f"- {plain(reason)}: {count}" for reason, count in sorted(left_out.items())]
    lines += [
        f"- The same content again: {version.report['repeated']}",
        f"- Nearly the same as another, kept on one side of the splits: {version.report['near_duplicates']}",
        *_trained(version.report),
        "",
        "## Sampling",
        "",
        "Every decision that people took on a call that the recipe takes: inclusion probability 1.",
        "",
        "## Known biases",
        "",
        *(f"- {bias}" for bias in BIASES),
        "",
        "## Use",
        "",
        LIMITS,
        "",
    ]
    return "\n".join(lines)


def _trained(report: Mapping[str, int]) -> list[str]:
    count = report.get("trained_elsewhere", 0)
    return [f"- Measures here and left for training in another dataset before, or nearly so: {count}"] if count else []


def _table(title: str, counts: Mapping[str, int]) -> list[str]:
    rows = [f"| {plain(name)} | {count} |" for name, count in counts.items()]
    return [f"## {title}", "", f"| {title.lower()} | examples |", "| --- | ---: |", *rows, ""]
