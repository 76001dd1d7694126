"""Who has which action open: what one socket heard of the others. Values in, values out; nothing is stored."""

from dataclasses import dataclass, field

# A page says every BEAT seconds that it is there; one that was not heard for GONE seconds is gone. That is seen at a
# beat, so the name of a page that died stands for GONE + BEAT seconds at most. One lost beat makes nobody go.
BEAT, GONE = 8.0, 20.0


@dataclass(frozen=True, slots=True)
class Look:
    """One page of one person. `action_id` is "" where it shows none."""

    page: str
    user_id: str
    name: str
    action_id: str


@dataclass(slots=True)
class Company:
    """The others' pages, each with the second when it was last heard of."""

    heard: dict[str, tuple[Look, float]] = field(default_factory=dict)

    def hear(self, look: Look, now: float) -> bool:
        """Whether this page was not known before."""
        fresh = look.page not in self.heard
        if look.action_id:
            self.heard[look.page] = (look, now)
        else:
            self.heard.pop(look.page, None)
        return fresh

    def present(self, now: float, *, but: str) -> dict[str, list[str]]:
        """Names by action, in order and each once, of everybody but this person."""
        self.heard = {page: kept for page, kept in self.heard.items() if now - kept[1] < GONE}
        found: dict[str, dict[str, str]] = {}
        for look, _ in self.heard.values():
            if look.user_id != but:
                found.setdefault(look.action_id, {})[look.user_id] = look.name
        return {action_id: sorted(people.values()) for action_id, people in sorted(found.items())}
