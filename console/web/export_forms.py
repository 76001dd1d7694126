"""What an auditor may order."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms

from approvals.states import State
from compliance.queries.exports import FORMATS, OFFERS
from compliance.queries.streams import STREAM_FORMATS

EVERY = [("day", "Every day"), ("week", "Every week, on Monday"), ("month", "Every month, on the first")]


def what_choices() -> list[tuple[str, str]]:
    return [(offer.what, offer.label) for offer in OFFERS.values()]


class OfferForm(forms.Form):
    what = forms.ChoiceField(choices=what_choices, label="What")
    format = forms.ChoiceField(
        choices=lambda: list(FORMATS.items()),
        label="As",
        help_text="Events come as CSV, JSON lines, OCSF or CEF, reports as CSV or PDF, all together as PDF, "
        "the log as a bundle.",
    )


class ExportForm(OfferForm):
    """Days are whole and in UTC; `voters` are (id, name) of those who ever belonged here."""

    since = forms.DateField(
        required=False, label="From (UTC)", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        required=False,
        label="Up to and including (UTC)",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    actor = forms.ChoiceField(required=False, label="By")
    agent = forms.CharField(required=False, max_length=100, label="Agent")
    tool = forms.CharField(required=False, max_length=200, label="Tool")
    kind = forms.CharField(
        required=False, max_length=60, label="Kind", help_text="A kind of event such as action:decided, or action."
    )
    outcome = forms.ChoiceField(
        required=False,
        label="Outcome",
        choices=lambda: [("", "Any"), *((value, State(value).label) for value in State.FINAL)],
    )
    rule = forms.CharField(required=False, max_length=200, label="Rule")
    with_values = forms.BooleanField(
        required=False,
        label="With the values behind the commitments: names, comments, arguments, what was shown",
        help_text="For events and bundles. They are personal data: erasing later removes the file here, no copy of it.",
    )

    def __init__(self, *args: Any, voters: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["actor"].choices = [("", "Anybody"), *voters, ("system", "Countersign")]  # type: ignore[attr-defined]

    @property
    def asked(self) -> dict[str, str]:
        """The filter as JSON, without what was left empty."""
        said = self.cleaned_data
        found = {name: said[name] for name in ("actor", "agent", "tool", "kind", "outcome", "rule") if said[name]}
        if said["since"]:
            found["since"] = _midnight(said["since"])
        if said["until"]:
            found["until"] = _midnight(said["until"] + timedelta(days=1))
        return found

    def clean_since(self) -> Any:
        return _sensible(self.cleaned_data["since"])

    def clean_until(self) -> Any:
        return _sensible(self.cleaned_data["until"])


class ScheduleForm(OfferForm):
    every = forms.ChoiceField(choices=EVERY, label="When", help_text="Each is of the period that just ended, in UTC.")
    user = forms.ChoiceField(
        label="Who gets the letter",
        help_text="It holds a link and no data. Only who may open evidence can be chosen.",
    )

    def __init__(self, *args: Any, readers: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["user"].choices = readers  # type: ignore[attr-defined]


class StreamForm(forms.Form):
    url = forms.CharField(
        max_length=500,
        label="Address",
        help_text="Begins with https:// and is on the public Internet; the operator can allow others.",
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    format = forms.ChoiceField(choices=lambda: list(STREAM_FORMATS.items()), label="As")
    since = forms.ChoiceField(
        choices=[("now", "What happens from now on"), ("beginning", "The whole log, from its beginning")], label="Send"
    )
    authorization = forms.CharField(
        required=False,
        max_length=1000,
        label="Authorization header",
        help_text="Where the receiver asks for one, such as: Splunk 1a2b… It is kept sealed and not shown again.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    with_values = forms.BooleanField(
        required=False,
        label="With the values behind the commitments: names, comments, arguments, what was shown",
        help_text="The receiver then holds personal data. Erasing later does not reach what was sent.",
    )


def _midnight(day: Any) -> str:
    return datetime.combine(day, time(), UTC).isoformat()


def _sensible(day: Any) -> Any:
    if day is not None and not 2000 <= day.year < 2999:
        raise forms.ValidationError("Give a day from 2000 on.")
    return day
