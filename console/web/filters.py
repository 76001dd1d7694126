"""What a person asks of the queue: read from the address, and written into it again."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from accounts.queries import Member
from approvals.answers import ActionView
from approvals.queries import InboxCursor, InboxFilter

RISKS = ("critical", "high", "medium", "low")
CLAIMED = (("me", "Claimed by me"), ("nobody", "Claimed by nobody"))
DUE = (("15", "15 minutes"), ("60", "an hour"), ("240", "four hours"), ("1440", "a day"))
ALL = "all"
LENGTH = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of the address, each "" where nothing was asked or where the word is none of ours.

    `due` is in minutes. `view` is ALL for somebody who wants no filter although they keep a default view.
    """

    text: str = ""
    tool: str = ""
    agent: str = ""
    risk: str = ""
    group: str = ""
    claimed: str = ""
    due: str = ""
    view: str = ""
    after: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> "Asked":
        # PostgreSQL takes no U+0000 in a text.
        found = {name: query.get(name, "").replace("\0", "")[:LENGTH] for name in cls.__slots__}
        known = {"risk": RISKS, "claimed": dict(CLAIMED), "due": dict(DUE), "view": (ALL,)}
        return cls(**{name: word if word in known.get(name, (word,)) else "" for name, word in found.items()})

    def filters(self, member: Member, now: datetime) -> InboxFilter:
        return InboxFilter(
            text=self.text,
            tool=self.tool,
            agent=self.agent,
            risk=self.risk,
            group=self.group,
            due_by=now + timedelta(minutes=int(self.due)) if self.due else None,
            at=now,
            held_by=member.user_id if self.claimed == "me" else "",
            unheld=self.claimed == "nobody",
        )

    @property
    def narrows(self) -> bool:
        return bool(self.stored)

    @property
    def stored(self) -> str:
        """What a saved view keeps: the filters, in one order, without the place in the list."""
        return urlencode({name: word for name, word in asdict(self).items() if word and name not in {"after", "view"}})

    @property
    def suffix(self) -> str:
        """What goes behind an address of the same list: "?risk=low", or ""."""
        query = urlencode({name: word for name, word in asdict(self).items() if word})
        return f"?{query}" if query else ""

    @property
    def is_unusual(self) -> bool:
        """Whether one of the filters is set that the page folds away."""
        return any((self.tool, self.agent, self.group, self.claimed, self.due))


def cursor(view: ActionView) -> str:
    at = place(view)
    return f"{at.risk_rank}~{at.expires_at.isoformat()}~{at.id}"


def place(view: ActionView) -> InboxCursor:
    """Where the action stands in the order of the queue."""
    return InboxCursor(RISKS[::-1].index(view.risk), view.expires_at, view.id)


def read_cursor(text: str) -> InboxCursor | None:
    """None for what is no cursor of ours: the list then begins at its top."""
    rank, _, rest = text.partition("~")
    expires_at, _, action_id = rest.partition("~")
    try:
        at = parse_datetime(expires_at)
    except ValueError:
        return None
    if at is None or at.tzinfo is None or rank not in {"0", "1", "2", "3"}:
        return None
    return InboxCursor(int(rank), at, action_id)
