"""Who is in the demo. Addresses under demo.example reach nobody."""

from dataclasses import dataclass

from accounts.roles import Role


@dataclass(frozen=True, slots=True)
class Person:
    handle: str
    role: Role
    groups: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.handle.title()

    @property
    def email(self) -> str:
        return f"{self.handle}@demo.example"


@dataclass(frozen=True, slots=True)
class Troupe:
    """One workspace: its people, its groups, and the file of its policy."""

    slug: str
    name: str
    people: tuple[Person, ...]
    groups: tuple[str, ...]
    policy: str


DEMO = Troupe(
    "demo",
    "Demo",
    (
        Person("eve", Role.ADMIN),
        Person("ada", Role.LEAD, ("reviewers", "finance")),
        Person("ben", Role.REVIEWER, ("reviewers", "finance")),
        Person("vera", Role.VIEWER),
        Person("dana", Role.AUDITOR),
    ),
    ("reviewers", "finance"),
    "demo.yaml",
)
OTHER = Troupe("other", "Other", (Person("cleo", Role.REVIEWER, ("reviewers",)),), ("reviewers",), "other.yaml")

AGENT, OWNER = "otto", "eve"
SERVICES = {
    "ci": ("policies:read", "policies:propose", "datasets:read", "evals:write"),
    "compliance": ("audit:read", "metrics:read"),
}
