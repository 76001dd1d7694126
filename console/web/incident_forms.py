"""What a person may send about an incident."""

from django import forms

from approvals.queries import Severity


class OpenForm(forms.Form):
    """An incident by hand."""

    title = forms.CharField(max_length=300, label="What happened", help_text="One line, as you would tell it.")
    severity = forms.ChoiceField(choices=lambda: Severity.choices, initial="high")
    actions = forms.CharField(
        max_length=4000,
        required=False,
        label="Actions",
        help_text="Ids, with spaces between; more can join later.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    text = forms.CharField(
        max_length=4000, required=False, label="What is known", widget=forms.Textarea(attrs={"rows": 3})
    )


class NoteForm(forms.Form):
    """One more line of the story, or what was found at its end."""

    text = forms.CharField(
        max_length=4000,
        label="Note",
        error_messages={"required": "Write what you found."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
