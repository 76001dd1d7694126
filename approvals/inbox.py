"""What may be asked of the queue, as the conditions of its one SELECT."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import orjson

from approvals.answers import AGENT_NAME
from approvals.policy.model import RISKS
from tenancy import sql

_CLAIMS = "select 1 from approvals_claim c where c.action_id = a.id and c.expires_at > %s"


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """Each empty member lets everything through; members narrow together.

    `text` is looked for in tool, counterpart and effect sentence. `group` has to agree, `due_by` is the latest
    deadline. Of claims, which count at `at`: `held_by` is the person whose they are, `unheld` leaves out what anybody
    holds, `free_for` what anybody but this person holds. `inspectable` leaves out tools that the policy does not
    describe.
    """

    text: str = ""
    tool: str = ""
    agent: str = ""
    risk: str = ""
    group: str = ""
    due_by: datetime | None = None
    at: datetime | None = None
    held_by: str = ""
    unheld: bool = False
    free_for: str = ""
    policy_version_id: str = ""
    rule: str = ""
    inspectable: bool = False

    def where(self) -> tuple[list[str], list[Any]]:
        """Conditions over `a` (action) and `g` (agent), and their values in order."""
        asked = [*self._words(), *self._claims()]
        return [clause for clause, _ in asked], [value for _, values in asked for value in values]

    def _words(self) -> list[tuple[str, list[Any]]]:
        plain = (
            ("a.tool = %s", self.tool),
            (AGENT_NAME + " = %s", self.agent),
            ("a.expires_at <= %s", self.due_by),
            ("a.policy_version_id = %s", self.policy_version_id),
            ("a.policy->>'rule' = %s", self.rule),
        )
        asked: list[tuple[str, list[Any]]] = [(clause, [value]) for clause, value in plain if value]
        if self.group:
            asked.append(of_group(self.group))
        if self.risk:
            # By its rank, which the order of the queue begins with: what is riskier is not read to be passed over.
            rank = RISKS.index(self.risk) if self.risk in RISKS else -1
            asked.append(("a.risk_rank = %s", [rank]))
        if self.inspectable:
            asked.append(("a.effect_sentence <> ''", []))
        if self.text:
            asked.append((_TEXT, ["%" + _like(self.text.lower()) + "%"]))
        return asked

    def _claims(self) -> list[tuple[str, list[Any]]]:
        asked: list[tuple[str, list[Any]]] = []
        if self.held_by:
            asked.append((f"exists ({_CLAIMS} and c.user_id = %s)", [self.at, self.held_by]))
        if self.unheld:
            asked.append((f"not exists ({_CLAIMS})", [self.at]))
        if self.free_for:
            asked.append((f"not exists ({_CLAIMS} and c.user_id <> %s)", [self.at, self.free_for]))
        return asked


@dataclass(frozen=True, slots=True)
class InboxCursor:
    """The last row of the page before: where the next one begins."""

    risk_rank: int
    expires_at: datetime
    id: str

    WHERE: ClassVar[str] = (
        "(a.risk_rank < %s or (a.risk_rank = %s and (a.expires_at > %s or (a.expires_at = %s and a.id > %s))))"
    )

    def values(self) -> list[Any]:
        return [self.risk_rank, self.risk_rank, self.expires_at, self.expires_at, self.id]


# Word for word what migration 0008 indexes.
_TEXT = "lower(a.tool || ' ' || a.counterpart || ' ' || a.effect_sentence) like %s escape '!'"


# PostgreSQL compares a hundred thousand times much faster than it would unfold as many lists.
_GROUP = {
    "postgresql": "a.terms @> cast(%s as jsonb)",
    "sqlite": "exists (select 1 from json_each(a.terms, '$.needs') n where n.value->>'group' = json_extract(%s,"
    " '$.needs[0].group'))",
}


def of_group(handle: str) -> tuple[str, list[Any]]:
    """The condition over `a` that this group has to agree, and its value."""
    return _GROUP[sql.vendor()], [_named(handle)]


def _named(group: str) -> str:
    return orjson.dumps({"needs": [{"group": group}]}).decode()


def _like(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
