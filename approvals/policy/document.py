"""From the text of a policy to a Document."""

import hashlib

from approvals.policy import parse_agents, parse_escalations, parse_rules, parse_timing, parse_tools, parse_trials
from approvals.policy.errors import PolicyError, Problem
from approvals.policy.model import Document
from approvals.policy.reading import Reading, Section
from approvals.policy.source import load

__all__ = ["Document", "PolicyError", "Problem", "parse", "version_of"]


def version_of(text: str) -> str:
    """`sha256:` and the hex SHA-256 of the exact text in UTF-8."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def parse(text: str) -> Document:
    """The shape of the document; lint() judges its sense. Raises PolicyError with every fault found."""
    source = load(text)
    reading = Reading(source)
    root = Section(reading, "", source.value)
    defaults = parse_rules.defaults(root.section("defaults"))
    document = Document(
        name=root.name("name"),
        version=version_of(text),
        defaults=defaults,
        tools=parse_tools.tools(root, defaults.on_schema_error),
        agents=parse_agents.agents(root),
        rules=parse_rules.rules(root),
        limits=parse_rules.limits(root),
        freezes=parse_timing.freezes(root),
        escalations=parse_escalations.escalations(root),
        schedules=parse_escalations.schedules(root),
        tests=parse_trials.trials(root),
        lines=source.lines,
    )
    root.close()
    if reading.problems:
        raise PolicyError(tuple(reading.problems))
    return document
