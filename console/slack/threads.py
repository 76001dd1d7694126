"""What stands under a card: each vote, each question and answer, each call for somebody; once each."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from accounts import queries as accounts_queries
from approvals import queries
from approvals.answers import ActionView
from approvals.queries import EventView
from console.models import SlackCard, SlackNote
from console.services.slack import owing
from console.slack import posting
from console.slack.client import Caller
from console.slack.errors import MessageGone
from console.slack.wording import Block, cut, escaped, section, told

# In the order in which they happened; what the card itself says (submitted, decided) is not repeated.
TOLD = {
    "review:approved": "{who} approved.",
    "review:rejected": "{who} voted to reject.",
    "review:undone": "{who} took their vote back.",
    "closing:cancelled": "The approval did not take effect.",
    "action:revised": "{who} edited the arguments. Votes begin anew.",
    "question:asked": "{who} asked:",
    "question:answered": "The agent answered (unverified):",
}
TEXT_MAX = 2000
ERASED = "This was erased."
IN_ONE_DRAWING = 10


def add(caller: Caller, card: SlackCard, view: ActionView, at: datetime) -> None:
    """Adds what is missing. Raises SlackTrouble; what was added stays added."""
    if not card.ts:
        return
    for event in _missing(card, view):
        text = _text(event, view)
        reply(caller, card, event.id, [section(text)], escaped(cut(text, 300)), at)


def blank(caller: Caller, card: SlackCard) -> None:
    """Takes the words out of replies that are to be erased. Raises SlackTrouble; what was blanked stays so."""
    for note in SlackNote.objects.filter(card=card, key__startswith=owing.ERASE).exclude(ts="").order_by("id"):
        said = {"channel": card.channel.slack_id, "ts": note.ts, "text": ERASED, "blocks": [section(ERASED)]}
        # One that somebody deleted holds nothing any more.
        with suppress(MessageGone):
            caller.call("chat.update", said, card.channel)
        SlackNote.objects.filter(pk=note.pk).update(key=owing.ERASED + note.key.removeprefix(owing.ERASE))


def reply(caller: Caller, card: SlackCard, key: str, blocks: Sequence[Block], text: str, at: datetime) -> None:
    """One reply under `key`, once. Raises SlackTrouble."""
    note, _ = SlackNote.objects.get_or_create(card=card, key=key, defaults={"workspace_id": card.workspace_id})
    if note.ts:
        return
    if note.tried_at is not None:
        note.ts = posting.find_note(caller, card.channel, note.key, card.ts)
    if not note.ts:
        SlackNote.objects.filter(pk=note.pk).update(tried_at=at)
        said: dict[str, Any] = {
            "channel": card.channel.slack_id,
            "thread_ts": card.ts,
            "text": text,
            "blocks": list(blocks),
            "metadata": posting.metadata(posting.NOTE, key),
            "unfurl_links": False,
            "unfurl_media": False,
        }
        note.ts = str(caller.call("chat.postMessage", said, card.channel).get("ts", ""))
    SlackNote.objects.filter(pk=note.pk).update(ts=note.ts)


def mention(caller: Caller, card: SlackCard, people: Sequence[str], key: str, why: str, at: datetime) -> bool:
    """Calls those of the people who have an account in this Slack workspace; False: none has. Raises SlackTrouble."""
    team = card.channel.team
    accounts = accounts_queries.slack_accounts(card.workspace_id, team.slack_id, people)
    called = " ".join(f"<@{accounts[user_id]}>" for user_id in people if user_id in accounts)
    if not (called and card.ts):
        return False
    text = f"{called} {escaped(told(why))}"
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": cut(text, 3000)}}]
    reply(caller, card, key, blocks, text, at)
    return True


def _missing(card: SlackCard, view: ActionView) -> list[EventView]:
    """Facts that the thread does not tell yet, oldest first."""
    keys = SlackNote.objects.filter(card=card).exclude(ts="").values_list("key", flat=True)
    there = {key.removeprefix(owing.ERASE).removeprefix(owing.ERASED) for key in keys}
    told_of = [event for event in queries.history(view) if event.kind in TOLD]
    return [event for event in told_of[-IN_ONE_DRAWING:] if event.id not in there]


def _text(event: EventView, view: ActionView) -> str:
    line = TOLD[event.kind].format(who=_name(event, view))
    quorum = event.data.get("quorum")
    if event.kind == "review:approved" and quorum:
        line += f" Approvals: {', '.join(map(str, quorum))}."
    said = next((str(event.secrets[name]) for name in ("text", "comment") if event.secrets.get(name)), "")
    return cut(f"{line}\n{told(said)}" if said else line, TEXT_MAX)


def _name(event: EventView, view: ActionView) -> str:
    person = accounts_queries.person(view.workspace_id, event.actor_id) if event.actor_kind == "person" else None
    return told(person.name) if person else "Somebody"
