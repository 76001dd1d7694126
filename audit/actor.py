"""Who did it, and through which door: a copy that every write carries, never a foreign key."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    AGENT = "agent"
    PERSON = "person"
    SERVICE = "service"
    SYSTEM = "system"
    OPERATOR = "operator"


class Door(StrEnum):
    API = "api"
    WEB = "web"
    SLACK = "slack"
    CLI = "cli"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` is prefixed (`usr_…`, `agt_…`, `key_…`) or a plain word for the system; `label` is what people read."""

    kind: Kind
    id: str
    label: str
    door: Door
    authenticated_by: str = ""

    @property
    def is_person(self) -> bool:
        return self.kind is Kind.PERSON


SYSTEM = Actor(Kind.SYSTEM, "system", "Countersign", Door.SYSTEM)
OPERATOR = Actor(Kind.OPERATOR, "operator", "the operator", Door.CLI)
