"""The card of one action: one message in a channel, drawn anew whenever the action changes."""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from approvals.answers import ActionView
from approvals.states import Reason
from console.slack.showing import EFFECT_MAX, Shown
from console.slack.wording import (
    BARS,
    CONFIRM,
    HEADER,
    LABEL,
    Block,
    context,
    cut,
    date,
    escaped,
    header,
    marked,
    plain,
    section,
    sentence,
    table,
    told,
)

SUMMARY_MAX = 500
NOTE_MAX = 800
FINDINGS_MAX, FINDING_MAX = 4, 250
DOORS = {"api": "the API", "web": "the console", "slack": "Slack", "cli": "the command line", "system": "the system"}
STATES = {"approved": "Approved", "rejected": "Rejected", "expired": "Expired", "withdrawn": "Withdrawn"}
RAN = {
    "running": "It is running.",
    "succeeded": "It ran, and succeeded.",
    "failed": "It ran, and failed.",
    "unknown": "It was taken up, and no result came.",
}


@dataclass(frozen=True, slots=True)
class Message:
    """What stands in the channel. `text` is what notifications and screen readers get."""

    text: str
    blocks: list[Block]

    @property
    def sha256(self) -> str:
        return sha256(json.dumps([self.text, self.blocks], sort_keys=True).encode()).hexdigest()


def card(shown: Shown, value: str) -> Message:
    """`value` is what its buttons carry."""
    view = shown.view
    if "erased" in view.terms:
        gone = section("What this was about has been erased.")
        blocks = [header(shown.title), gone, *_outcome(view), _actions([_details(shown)])]
        return Message(escaped(cut(f"Erased: {shown.title}", SUMMARY_MAX)), blocks)
    head = [*title(shown), _standing(shown)]
    if view.is_open:
        blocks = [*head, *_closing(view), *body(shown), *_why(shown), *_controls(shown, value)]
        text = f"{view.risk.title()} risk, waits for a decision: {shown.title}"
    else:
        blocks = [*head, *_outcome(view), *body(shown), _actions([_details(shown)])]
        text = f"{STATES[view.state]}: {shown.title}"
    return Message(escaped(cut(text, SUMMARY_MAX)), blocks)


def title(shown: Shown) -> list[Block]:
    """What will happen, in our own sentence: whole, or not at all."""
    if not shown.effect:
        unknown = "Uninspectable: the policy does not say what this tool does."
        return [header(shown.title), section(unknown)]
    if len(shown.effect) <= HEADER:
        return [header(shown.effect)]
    whole = shown.effect if len(shown.effect) <= EFFECT_MAX else "What it does is too long to be told here."
    return [header(f"Calls {told(shown.view.tool)}"), section(whole)]


def body(shown: Shown) -> list[Block]:
    """What to look at first, all arguments or none, and last the agent's own words."""
    blocks: list[Block] = []
    if shown.findings:
        first = shown.findings[:FINDINGS_MAX]
        lines = [cut(f"• {told(finding.name)}: {told(finding.text)}", FINDING_MAX) for finding in first]
        more = len(shown.findings) - FINDINGS_MAX
        blocks.append(section("\n".join(["Look here first", *lines, *([f"and {more} more"] if more > 0 else [])])))
    if shown.is_whole:
        blocks += table([(name, text or "(empty)") for name, text in shown.arguments])
        if not shown.arguments:
            blocks.append(context(plain("No arguments.")))
    else:
        blocks.append(
            section(f"{shown.count} argument{'s' * (shown.count != 1)}, too long to stand here: open the console.")
        )
    if shown.facts.summary:
        said = told(shown.facts.summary)
        rest = "" if len(said) <= SUMMARY_MAX else " … (the rest is in the console)"
        blocks.append(context(plain(f"{shown.view.agent_name} says, unverified: {said[:SUMMARY_MAX]}{rest}")))
    return blocks


def _standing(shown: Shown) -> Block:
    view = shown.view
    elements = [plain(f"{BARS[view.risk]} {view.risk} risk"), plain(f"Agent {told(view.agent_name)}")]
    if view.revision > 1:
        elements.append(plain(f"Revision {view.revision}, edited by a person"))
    if view.is_open:
        elements.append(marked(f"Expires {date(view.expires_at)}"))
    return context(*elements)


def _why(shown: Shown) -> list[Block]:
    view = shown.view
    because = sentence(view.policy["explanation"])
    needs = ", ".join(f"{need['group']} {need['approvals']} of {need['quorum']}" for need in view.needs)
    blocks = [context(plain(because, NOTE_MAX), plain(f"Approvals: {needs}"))]
    if view.question:
        blocks.append(context(plain(f"Asked, not answered yet: {told(view.question)}", NOTE_MAX)))
    return blocks


def _closing(view: ActionView) -> list[Block]:
    if view.closing_at is None:
        return []
    names = " and ".join(vote.name for vote in view.votes if vote.verdict == "approve")
    when = date(view.closing_at, "{time_secs}")
    return [{"type": "section", "text": marked(f"*Approved by {escaped(told(names))}.* It takes effect at {when}.")}]


def _outcome(view: ActionView) -> list[Block]:
    """Who, when, how and why."""
    made = view.decision
    if made is None:
        return [section(STATES[view.state])]
    who = " and ".join(escaped(told(person["name"])) for person in made.decided_by)
    by = {
        "people": f"by {who} over {DOORS[made.door]}",
        "policy": "by the policy",
        "timeout": "because nobody decided in time",
        "agent": "by the agent",
        "stop_switch": "by the stop switch",
    }[made.source]
    edited = ", with changes" if made.edited else ""
    line = f"*{STATES[view.state]}* {by}{edited}, {date(made.decided_at)}."
    if view.execution:
        line += f" {RAN[view.execution.status]}"
    blocks: list[Block] = [{"type": "section", "text": marked(line)}]
    why = [_reason(made.reason_code), told(made.comment)]
    if any(why):
        blocks.append(context(plain("Why: " + ". ".join(part for part in why if part), NOTE_MAX)))
    return blocks


def _reason(code: str) -> str:
    return str(Reason(code).label) if code in Reason.values else ""


def _controls(shown: Shown, value: str) -> list[Block]:
    if shown.barred:
        reject = [] if shown.is_above_line else [_button(shown, "cs_reject", "Reject…", value)]
        return [
            context(plain(shown.barred)),
            _actions([*reject, _button(shown, "cs_ask", "Ask…", value), _details(shown)]),
        ]
    if shown.view.closing_at:
        undo = _button(shown, "cs_undo", "Undo my vote", value)
        return [_actions([undo, _button(shown, "cs_reject", "Reject…", value), _details(shown)])]
    return [
        _actions(
            [
                _approve(shown, value),
                _button(shown, "cs_reject", "Reject…", value, style="danger"),
                _button(shown, "cs_edit", "Edit…", value),
                _button(shown, "cs_ask", "Ask…", value),
                _details(shown),
            ]
        )
    ]


def _approve(shown: Shown, value: str) -> Block:
    """With checks to tick it opens a modal; without, it asks once more and repeats what will happen."""
    if shown.view.terms["checks"]:
        return _button(shown, "cs_approve", "Approve…", value, style="primary")
    confirm = {
        "title": plain("Approve this?"),
        "text": plain(shown.title, CONFIRM),
        "confirm": plain("Approve"),
        "deny": plain("Cancel"),
        "style": "primary",
    }
    return _button(shown, "cs_approve", "Approve", value, style="primary", confirm=confirm)


def _details(shown: Shown) -> Block:
    return _named(shown, "cs_details", "Open in the console", url=shown.link)


def _button(shown: Shown, action_id: str, text: str, value: str, **more: Any) -> Block:
    return _named(shown, action_id, text, value=value, **more)


def _named(shown: Shown, action_id: str, text: str, **more: Any) -> Block:
    """A screen reader hears beside the button what it is about: a channel holds many cards."""
    label = cut(f"{text} {shown.title}", LABEL)
    return {"type": "button", "action_id": action_id, "text": plain(text), "accessibility_label": label, **more}


def _actions(elements: list[Block]) -> Block:
    return {"type": "actions", "block_id": "cs_decide", "elements": elements}
