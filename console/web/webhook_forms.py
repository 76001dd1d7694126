"""What an admin may say about a webhook."""

from typing import Any

from django import forms

from outbox.queries import AGENT_WEBHOOK_KINDS, WEBHOOK_KINDS


def _choices(*kinds: str) -> list[tuple[str, str]]:
    return [(kind, f"{kind}: {WEBHOOK_KINDS[kind]}") for kind in kinds]


class KindsForm(forms.Form):
    """Which types it takes; one of an agent takes those of its actions alone."""

    kinds = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, label="Tell it that")

    def __init__(self, *args: Any, of_agent: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        known = AGENT_WEBHOOK_KINDS if of_agent else tuple(WEBHOOK_KINDS)
        self.fields["kinds"].choices = _choices(*known)  # type: ignore[attr-defined]


class WebhookForm(KindsForm):
    url = forms.CharField(
        max_length=500,
        label="Address",
        help_text="Begins with https:// and is on the public Internet; the operator can allow others.",
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    agent = forms.ChoiceField(
        required=False,
        label="Of",
        help_text="One of an agent hears of its own actions and takes only types that begin with action.",
    )
    field_order = ("url", "agent", "kinds")

    def __init__(self, *args: Any, agents: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, of_agent=False, **options)
        self.fields["agent"].choices = [("", "the whole workspace"), *agents]  # type: ignore[attr-defined]
