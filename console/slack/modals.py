"""The modals that buttons open: approve with checks, reject, ask, edit, and the difference before an edit is approved.

Each carries in `private_metadata` the button that opened it, so that what is sent is bound to the revision that was
looked at.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from console.fields import Field
from console.slack import cards
from console.slack.showing import Shown
from console.slack.wording import FIELD, OPTION, Block, context, marked, option, plain, section, told
from feedback.queries import reasons_offered

NOTE_MAX = 2000
INPUT_MAX = 3000
METADATA_MAX = 3000
CHECKS_AT_ONCE = 10
FIELDS_MAX = 40
OPTIONS_MAX = 100
CHOICE_MAX = 150


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a modal was opened: the button's value, and the message that it stood on. `args` are edited arguments as
    canonical JSON, for the modal that shows the difference.
    """

    button: str
    channel: str = ""
    ts: str = ""
    args: str = ""

    @classmethod
    def read(cls, text: str) -> "Origin":
        """Raises ValueError for what is not ours."""
        tree = orjson.loads(text)
        names = ("button", "channel", "ts", "args")
        if not isinstance(tree, dict) or not all(isinstance(tree.get(name, ""), str) for name in names):
            raise ValueError("This is no modal of ours.")
        return cls(*(tree.get(name, "") for name in names))

    @property
    def written(self) -> str:
        return orjson.dumps({name: text for name, text in asdict(self).items() if text}).decode()

    @property
    def fits(self) -> bool:
        return len(self.written) <= METADATA_MAX


def approve(shown: Shown, origin: Origin) -> Block:
    """The facts again, and the checks that the policy asks for."""
    checks: Sequence[str] = shown.view.terms["checks"]
    blocks = [*cards.title(shown), *cards.body(shown), *_checks(checks)]
    return _modal("cs_approve", "Approve", "Approve", blocks, origin)


def reject(shown: Shown, origin: Origin) -> Block:
    blocks = [*cards.title(shown), _reason("Why? The agent receives this word."), _comment()]
    return _modal("cs_reject", "Reject", "Reject", blocks, origin)


def ask(shown: Shown, origin: Origin) -> Block:
    element = {"type": "plain_text_input", "action_id": "value", "multiline": True, "max_length": NOTE_MAX}
    hint = "The agent reads it and may answer. Its answer is untrusted text. The deadline stays as it is."
    blocks = [*cards.title(shown), _input("text", "Question", element, hint=hint)]
    return _modal("cs_ask", "Ask the agent", "Ask", blocks, origin)


def edit(shown: Shown, fields: Sequence[Field], origin: Origin) -> Block:
    """One input for each argument; what was entered is shown as a difference before it counts."""
    blocks = [*cards.title(shown), *(_field(field) for field in fields)]
    return _modal("cs_edit", "Edit the arguments", "Compare", blocks, origin)


def is_editable(fields: Sequence[Field]) -> bool:
    """Whether Slack's inputs can hold these arguments as they are."""
    return len(fields) <= FIELDS_MAX and all(
        len(field.text) <= INPUT_MAX
        and len(field.options) <= OPTIONS_MAX
        and all(len(json) <= CHOICE_MAX and len(label) <= OPTION for json, label in field.options)
        for field in fields
    )


def difference(lines: Sequence[str], origin: Origin) -> Block:
    """What changes, place by place, and why: sent, it approves exactly this."""
    blocks = [
        section("This is what will be approved. Nothing is saved yet."),
        *(section(line) for line in lines),
        _reason("Why was the change needed? The agent receives this word."),
        _comment(),
    ]
    return _modal("cs_edited", "Approve the edit", "Approve", blocks, origin)


def notice(title: str, text: str, link: str = "") -> Block:
    """A modal that only tells."""
    blocks = [section(text)]
    if link:
        blocks.append(context(marked(f"<{link}|Open in the console>")))
    return {"type": "modal", "title": plain(title, 24), "close": plain("Close"), "blocks": blocks}


def _modal(callback: str, title: str, submit: str, blocks: list[Block], origin: Origin) -> Block:
    return {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, 24),
        "submit": plain(submit, 24),
        "close": plain("Cancel", 24),
        "private_metadata": origin.written,
        "blocks": blocks,
    }


def _checks(checks: Sequence[str]) -> list[Block]:
    """Slack takes ten boxes to a group and 75 characters to a box: a longer check is written out above its box."""
    blocks: list[Block] = []
    for start in range(0, len(checks), CHECKS_AT_ONCE):
        group = list(enumerate(checks[start : start + CHECKS_AT_ONCE], start=start))
        blocks += [section(f"Check {n + 1}: {text}") for n, text in group if len(text) > OPTION]
        options = [option(text if len(text) <= OPTION else f"Check {n + 1}, as above", str(n)) for n, text in group]
        element = {"type": "checkboxes", "action_id": "value", "options": options}
        name = "checks" if start == 0 else f"checks-{start}"
        blocks.append(_input(name, "Tick what you have checked", element))
    return blocks


def _reason(label: str) -> Block:
    options = [option(text, code) for code, text in reasons_offered()]
    return _input("reason", label, {"type": "static_select", "action_id": "value", "options": options})


def _comment() -> Block:
    element = {"type": "plain_text_input", "action_id": "value", "multiline": True, "max_length": NOTE_MAX}
    return _input("comment", "Note", element, hint="The agent and the auditors can read it.", optional=True)


def _field(field: Field) -> Block:
    if field.kind == "choice":
        options = [option(label or " ", json) for json, label in field.options]
        element: dict[str, Any] = {"type": "static_select", "action_id": "value", "options": options}
        chosen = next((one for one in options if one["value"] == field.text), None)
        if chosen:
            element["initial_option"] = chosen
    else:
        element = {"type": "plain_text_input", "action_id": "value", "multiline": field.is_wide}
        element["max_length"] = INPUT_MAX
        if field.text:
            element["initial_value"] = field.text
    hint = "JSON" if field.kind == "json" else field.hint
    return _input(field.key, told(field.name) or "(no name)", element, hint=hint, optional=not field.required)


def _input(name: str, label: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    block = {"type": "input", "block_id": name, "label": plain(label, FIELD), "element": element, "optional": optional}
    if hint:
        block["hint"] = plain(hint, FIELD)
    return block
