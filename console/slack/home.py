"""A person's own page in the app: what waits for them, in the console's order, and whether they are away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from approvals.answers import ActionView
from console.slack import buttons
from console.slack.showing import link, queue_link
from console.slack.wording import (
    BARS,
    Block,
    context,
    date,
    escaped,
    header,
    marked,
    option,
    plain,
    section,
    sentence,
    told,
)

LISTED = 20
DAYS = {"1": "until tomorrow", "3": "for 3 days", "7": "for a week", "14": "for two weeks"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One action, and who has claimed it: a name, "" for nobody."""

    view: ActionView
    claimed_by: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """What stands on one person's page. `away_until` is None while they are here."""

    team: str
    name: str
    slug: str
    rows: Sequence[Waiting]
    has_more: bool
    away_until: datetime | None


def view(desk: Desk) -> Block:
    count = f"{len(desk.rows)}{'+' if desk.has_more else ''}"
    blocks = [header(f"{count} waiting for you" if desk.rows else "Nothing waits for you")]
    blocks += _presence(desk)
    for row in desk.rows:
        blocks += _row(desk, row)
    more = "More is in the console" if desk.has_more else "Open the console"
    blocks.append(context(marked(f"<{queue_link(desk.slug)}|{more}>")))
    return {"type": "home", "blocks": blocks}


def stranger(text: str, address: str) -> Block:
    """The page of an account that is not linked yet."""
    blocks = [header("Countersign"), section(text)]
    if address:
        blocks.append(context(marked(f"<{address}|Link your account>")))
    return {"type": "home", "blocks": blocks}


def _presence(desk: Desk) -> list[Block]:
    if desk.away_until:
        button = {"type": "button", "action_id": "cs_back", "text": plain("I am back"), "value": "back"}
        text = marked(f"You are away until {date(desk.away_until)}. Others can see it; it moves no right.")
        return [{"type": "section", "text": text, "accessory": button}]
    choose = {
        "type": "static_select",
        "action_id": "cs_away",
        "placeholder": plain("I am away…"),
        "options": [option(label, days) for days, label in DAYS.items()],
    }
    return [{"type": "section", "text": plain("You are here."), "accessory": choose}]


def _row(desk: Desk, row: Waiting) -> list[Block]:
    one = row.view
    title = sentence(one.effect_sentence) or f"Calls {told(one.tool)}"
    value = buttons.value(desk.team, one)
    if row.is_mine:
        press = {"type": "button", "action_id": "cs_release", "text": plain("Give back"), "value": value}
    else:
        press = {"type": "button", "action_id": "cs_claim", "text": plain("Claim"), "value": value}
    head: Block = {"type": "section", "text": plain(title, 500)}
    if row.is_mine or not row.claimed_by:
        head["accessory"] = press
    held = f" · {escaped(told(row.claimed_by))} has it" if row.claimed_by else ""
    line = f"{BARS[one.risk]} {one.risk} · until {date(one.expires_at)}{held} · <{link(one)}|Open in the console>"
    return [head, context(marked(line))]
