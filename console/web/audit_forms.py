"""What an auditor may send: a search, a sample, an erasure, a hold, a time of keeping."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms

from approvals.states import Source, State
from compliance.queries import Basis, Subject

_AGES = {"type": "date"}


class SampleForm(forms.Form):
    """Days are whole and in UTC; the last one belongs to the population."""

    since = forms.DateField(label="Asked from", widget=forms.DateInput(attrs=_AGES))
    until = forms.DateField(label="to", widget=forms.DateInput(attrs=_AGES))
    tool = forms.CharField(max_length=200, required=False, label="Tool", help_text="Empty: every tool.")
    state = forms.ChoiceField(
        required=False,
        label="Ended as",
        choices=lambda: [("", "Any"), *((s.value, s.label) for s in State if s != "pending")],
    )
    source = forms.ChoiceField(required=False, label="Decided by", choices=lambda: [("", "Any"), *Source.choices])
    size = forms.IntegerField(min_value=1, max_value=100, initial=25, label="How many")
    seed = forms.CharField(
        max_length=64,
        required=False,
        label="Seed",
        help_text="Bring your own, or leave it empty and one is drawn. It is recorded either way.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def window(self) -> tuple[datetime, datetime]:
        """Inclusive and exclusive."""
        since, until = self.cleaned_data["since"], self.cleaned_data["until"] + timedelta(days=1)
        return (
            datetime(since.year, since.month, since.day, tzinfo=UTC),
            datetime(until.year, until.month, until.day, tzinfo=UTC),
        )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        for name in ("since", "until"):
            day = said.get(name)
            if day and not 2000 <= day.year < 3000:
                self.add_error(name, "Take a day from 2000 to 2999.")
        return said


class SubjectForm(forms.Form):
    kind = forms.ChoiceField(choices=lambda: Subject.choices, widget=forms.RadioSelect, label="What is it about?")
    subject = forms.CharField(
        max_length=80,
        label="Which one",
        help_text="An action's id (act_…), a counterpart exactly as it stands in the action, or a person's id (usr_…).",
        error_messages={"required": "Name the action, counterpart or person."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class ErasureForm(SubjectForm):
    basis = forms.ChoiceField(
        choices=lambda: [choice for choice in Basis.choices if choice[0] != Basis.RETENTION], label="Legal basis"
    )
    note = forms.CharField(
        max_length=2000,
        required=False,
        label="Note",
        help_text="Optional, and needed for another basis. It is erased together with what it asks for.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class HoldForm(SubjectForm):
    kind = forms.ChoiceField(
        required=False,
        choices=lambda: [("", "The whole workspace"), *Subject.choices],
        widget=forms.RadioSelect,
        label="What is held?",
    )
    subject = forms.CharField(
        max_length=80,
        required=False,
        label="Which one",
        help_text="As for an erasure. Leave it empty for the whole workspace.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reason = forms.CharField(
        max_length=500,
        label="Why",
        help_text="Such as the name of the case. Whoever may erase reads it.",
        error_messages={"required": "Say why it is held."},
    )


class KeepingForm(forms.Form):
    days = forms.IntegerField(
        min_value=1, max_value=100_000, label="Days", help_text="184 (six months) or more. 2557 are seven years."
    )
