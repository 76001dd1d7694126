"""What an admin may send about Slack."""

from typing import Any

from django import forms

from console.models.slack import RouteKind


class RouteForm(forms.Form):
    """A channel, and which cards it gets."""

    team = forms.ChoiceField(label="Slack workspace")
    channel = forms.CharField(
        max_length=40,
        label="Channel id",
        help_text="Such as C0123456789: in Slack, open the channel's details and look at the bottom.",
    )
    kind = forms.ChoiceField(choices=lambda: RouteKind.choices, label="Gets")
    value = forms.CharField(
        max_length=200,
        required=False,
        label="Group or tools",
        help_text="A group's handle, or a tool such as billing.refund or billing.*. Empty for every action.",
    )

    def __init__(self, *args: Any, teams: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["team"].choices = teams  # type: ignore[attr-defined]
