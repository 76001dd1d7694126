"""The `agents` of a document."""

import re
from decimal import Decimal

from approvals.policy.globs import PATTERN
from approvals.policy.model import TIERS, AgentSpec, Canary, Tier, ToolGrant, VersionState
from approvals.policy.paths import escaped
from approvals.policy.reading import NAME, Section

_PERCENT = re.compile(r"(100|[0-9]{1,2}(?:\.[0-9]{1,2})?)%", re.ASCII)


def agents(root: Section) -> dict[str, AgentSpec]:
    return {name: _agent(name, section) for name, section in root.named("agents")}


def _agent(name: str, section: Section) -> AgentSpec:
    if not section.has("tools"):
        section.fault("tools", "missing", 'list the tools that the agent may call, or write tools: {"*": {}}')
    spec = AgentSpec(
        name=name,
        owner=section.name("owner") if section.has("owner") else None,
        tier=section.word("tier", TIERS, "approvals"),
        tools=tuple(_grant(pattern, grant) for pattern, grant in section.named("tools", PATTERN)),
        data_scopes=section.texts("data_scopes", most=100),
        versions=_versions(section),
    )
    section.close()
    return spec


def _grant(pattern: str, section: Section) -> ToolGrant:
    words: tuple[Tier | None, ...] = TIERS
    tier = next((word for word in words if word == section.raw("tier")), None)
    if tier is None and section.has("tier"):
        section.fault("tier", "unknown_word", f"use one of {', '.join(TIERS)}")
    section.close()
    return ToolGrant(pattern=pattern, tier=tier)


def _versions(section: Section) -> dict[str, VersionState]:
    found: dict[str, VersionState] = {}
    for label, value in section.free("versions").items():
        pointer = f"{section.at('versions')}/{escaped(label)}"
        state = _state(value)
        if state is None or not NAME.fullmatch(label):
            section.reading.fault(pointer, "bad_version", "write live, candidate, blocked or {canary: 10%}")
        else:
            found[label] = state
    return found


def _state(value: object) -> VersionState | None:
    if value == "live":
        return "live"
    if value == "candidate":
        return "candidate"
    if value == "blocked":
        return "blocked"
    if isinstance(value, dict) and value.keys() == {"canary"}:
        percent = _PERCENT.fullmatch(str(value["canary"]))
        return Canary(Decimal(percent[1])) if percent else None
    return None
