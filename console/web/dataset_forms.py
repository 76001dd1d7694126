"""What a person may send about a dataset."""

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms

from feedback.services import exporting

_DAY = {"type": "date"}


class DatasetForm(forms.Form):
    """A dataset of decisions; empty fields take everything."""

    name = forms.CharField(
        max_length=80,
        label="Name",
        help_text="Small letters, digits, dots and dashes: it stands in files and commands.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    description = forms.CharField(max_length=500, required=False, label="What it is for", help_text="Optional.")
    tools = forms.CharField(
        max_length=2000,
        required=False,
        label="Tools",
        help_text="Names with spaces between them. Empty: all.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    since = forms.DateField(required=False, label="Decided from (UTC)", widget=forms.DateInput(attrs=_DAY))
    until = forms.DateField(required=False, label="Decided before (UTC)", widget=forms.DateInput(attrs=_DAY))

    def recipe(self) -> dict[str, Any]:
        said = self.cleaned_data
        found = {
            "tools": sorted(set(said["tools"].split())),
            "since": _moment(said["since"]),
            "until": _moment(said["until"]),
        }
        return {name: value for name, value in found.items() if value}


class ExportForm(forms.Form):
    """The format of an export."""

    format = forms.ChoiceField(
        choices=lambda: [(form.name, f"{form.name}: {form.loads}") for form in exporting.formats()],
        label="Format",
        help_text="Training formats hold the split train alone, and nothing that measures agents in another dataset.",
    )


def _moment(day: date | None) -> str | None:
    return datetime.combine(day, time(), UTC).isoformat() if day else None
