"""What a person may send about an action. Each form carries what they saw: the revision and its digest."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.http import QueryDict

from approvals import envelope, strict_json
from approvals.answers import ActionView
from console.fields import pretty
from feedback.queries import reasons_offered

NOTE_MAX = 2000
ARGUMENTS_MAX = 256 * 1024
BATCH_MAX = 50
TOOL = r"^[A-Za-z_][A-Za-z0-9_.:/-]*\Z"


class DigestField(forms.CharField):
    """ "sha256:" and 64 hex digits in, 32 bytes out."""

    def clean(self, value: Any) -> bytes:
        text = str(super().clean(value))
        try:
            digest = bytes.fromhex(text.removeprefix("sha256:"))
        except ValueError:
            digest = b""
        if len(digest) != 32:
            raise forms.ValidationError("The page was incomplete. Open the action again.")
        return digest


class SeenForm(forms.Form):
    """The revision and digest that stood on the page."""

    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    digest = DigestField(widget=forms.HiddenInput)

    @property
    def checks(self) -> list[str]:
        """The texts that were ticked. A browser sends a line break of a text as two characters."""
        ticked = self.data.getlist("checks") if isinstance(self.data, QueryDict) else []
        return [text.replace("\r\n", "\n") for text in ticked]

    @property
    def assertion(self) -> str:
        """What the person's passkey answered, as JSON text; "" where it was not asked."""
        return str(self.data.get("assertion", ""))

    @property
    def alternative(self) -> bytes:
        """The call that the person named instead; b"" for none."""
        return b""

    @classmethod
    def seen(cls, view: ActionView) -> dict[str, Any]:
        """The values to draw the form with."""
        return {"revision": view.revision, "digest": "sha256:" + view.digest.hex()}


class RejectForm(SeenForm):
    reason_code = forms.ChoiceField(
        choices=reasons_offered,
        widget=forms.RadioSelect,
        label="Why? The agent receives this word.",
        error_messages={"required": "Choose a reason. The agent receives it."},
    )
    comment = forms.CharField(
        required=False,
        max_length=NOTE_MAX,
        strip=True,
        label="Note",
        help_text="Optional. The agent and the auditors can read it.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class BetterForm(forms.Form):
    """The call that would have been right, where the person changed what stands there."""

    better_tool = forms.CharField(
        required=False,
        validators=[RegexValidator(TOOL, "Letters, digits and _ . : / - make the name of a tool.")],
        max_length=200,
        label="Tool",
    )
    better_args = forms.CharField(
        required=False,
        strip=False,
        max_length=ARGUMENTS_MAX,
        label="Arguments",
        help_text="Raw JSON. The agent is not told it.",
    )

    def __init__(self, *args: Any, tool: str, args_then: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.drawn = {"better_tool": tool, "better_args": pretty(args_then)}
        self.then = envelope.spelled(tool, strict_json.canonical(args_then))
        self.initial = {**self.initial, **self.drawn}

    def clean_better_args(self) -> bytes:
        """Canonical bytes; b"" where nothing was entered."""
        raw = self.cleaned_data["better_args"].strip()
        if not raw:
            return b""
        try:
            tree = strict_json.parse(raw.encode())
        except strict_json.Refused as refused:
            raise forms.ValidationError(f"This is not the JSON of arguments: {refused}") from refused
        if not isinstance(tree, dict):
            raise forms.ValidationError("Arguments are an object: begin with { and end with }.")
        return strict_json.canonical(tree)

    @property
    def alternative(self) -> bytes:
        """b"" where both stand as they stood."""
        tool, args = self.cleaned_data["better_tool"] or self.drawn["better_tool"], self.cleaned_data["better_args"]
        call = envelope.spelled(tool, args) if args else b""
        return b"" if call == self.then else call

    @property
    def names_another(self) -> bool:
        """Whether the form that comes back has something to show there."""
        told = {name: str(self[name].value() or value).replace("\r\n", "\n") for name, value in self.drawn.items()}
        return told != self.drawn or any(self[name].errors for name in self.drawn)


class RejectedForm(BetterForm, RejectForm):
    """A rejection, with the call that would have been right."""


class PieceForm(forms.Form):
    """A piece of evidence, by its key, and the revision that stood on the page."""

    revision = forms.IntegerField(min_value=1)
    item = forms.CharField(max_length=400, strip=False)


class AskForm(forms.Form):
    text = forms.CharField(
        max_length=NOTE_MAX,
        label="Question",
        help_text="The agent reads it and may answer. Its answer is untrusted text. The deadline stays as it is.",
        error_messages={"required": "Write the question."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RouteForm(forms.Form):
    """What to do so that others look; `people` are (id, name) of those to whom it can be handed."""

    what = forms.ChoiceField(
        choices=(
            ("escalate", "Escalate: tell the next level now"),
            ("remind", "Remind: tell the same people once more"),
            ("reassign", "Hand it to somebody"),
        ),
        widget=forms.RadioSelect,
        label="What should happen?",
        error_messages={"required": "Choose what should happen."},
    )
    user = forms.ChoiceField(
        required=False, label="To whom", help_text="Only where you hand it over. It moves no right to vote."
    )
    reason = forms.CharField(
        max_length=500,
        label="Why?",
        help_text="Those who are told and the auditors can read it.",
        error_messages={"required": "Say why, in a few words."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, people: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["user"].choices = [("", "Nobody chosen"), *people]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("what") == "reassign" and not said.get("user") and "user" not in self.errors:
            self.add_error("user", "Choose to whom.")
        return said


class EditedForm(SeenForm):
    """The arguments that the difference was drawn for, as JSON text."""

    args = forms.CharField(strip=False, max_length=ARGUMENTS_MAX, widget=forms.HiddenInput)
    reason_code = forms.ChoiceField(
        choices=reasons_offered,
        widget=forms.RadioSelect,
        label="Why was the change needed? The agent receives this word.",
        error_messages={"required": "Choose a reason. The agent receives it."},
    )
    comment = RejectForm.base_fields["comment"]


class BatchForm(forms.Form):
    """One verdict on each item that was ticked; `item` comes once for each, as "<id>~<revision>~<digest in hex>"."""

    verdict = forms.ChoiceField(choices=(("approve", "Approve"), ("reject", "Reject")))
    reason_code = forms.ChoiceField(choices=reasons_offered, required=False)
    comment = RejectForm.base_fields["comment"]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        given = self.data.getlist("item") if isinstance(self.data, QueryDict) else []
        items = [_seen(text) for text in dict.fromkeys(given)]
        if not items or len(items) > BATCH_MAX or None in items:
            raise forms.ValidationError(f"Tick 1 to {BATCH_MAX} actions. Nothing was decided.")
        if said.get("verdict") == "reject" and not said.get("reason_code"):
            self.add_error("reason_code", "Choose a reason. The agent receives it.")
        return {**said, "items": items}


def _seen(text: str) -> tuple[str, int, bytes] | None:
    action_id, _, rest = text.partition("~")
    revision, _, digest = rest.partition("~")
    try:
        return action_id, int(revision), bytes.fromhex(digest)
    except ValueError:
        return None
