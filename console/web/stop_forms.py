"""What a person may send about a stop switch."""

from django import forms

REASON_MAX = 500
MODES = (
    ("pause", "Pause: everything waits, nothing runs"),
    ("force_approvals", "Ask people about every action"),
    ("deny_writes", "Deny whatever writes"),
)


class StopForm(forms.Form):
    """`agent` and `tool` both empty: the whole workspace."""

    mode = forms.ChoiceField(choices=MODES, initial="pause", widget=forms.RadioSelect, label="What happens")
    agent = forms.CharField(
        max_length=200,
        required=False,
        label="Agent",
        help_text="Its name. Leave agent and tools empty to stop the whole workspace.",
        widget=forms.TextInput(attrs={"list": "agents", "autocomplete": "off"}),
    )
    tool = forms.CharField(
        max_length=200,
        required=False,
        label="Or tools",
        help_text="A name, or a pattern such as billing.* with stars.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reason = forms.CharField(
        max_length=REASON_MAX, required=False, label="Why", help_text="Optional. Everybody reads it on every page."
    )


class ReleaseForm(forms.Form):
    """The second look before anything goes on."""

    reason = forms.CharField(
        max_length=REASON_MAX,
        label="Why it is safe again",
        error_messages={"required": "Write why it is safe again."},
    )
    looked = forms.BooleanField(
        label="I looked at what goes on then",
        error_messages={"required": "Look at what goes on then, and tick this."},
    )
