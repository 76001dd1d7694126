"""What an admin may send about people, groups, agents and keys, and everybody about their own credentials."""

from datetime import datetime, timedelta
from typing import Any

from django import forms

from accounts.queries import Role
from console.web.login_forms import new_password

# Days that a credential works; 0 for no end.
LIFETIMES = [(90, "90 days"), (30, "30 days"), (365, "a year"), (7, "a week"), (0, "until it is revoked")]


class LifetimeForm(forms.Form):
    """A name to tell credentials apart by, and how long this one works."""

    name = forms.CharField(
        max_length=120, label="Name", help_text="So that you know it again, such as the machine that uses it."
    )
    lifetime = forms.TypedChoiceField(coerce=int, choices=LIFETIMES, label="Works for")

    def expires_at(self, at: datetime) -> datetime | None:
        days: int = self.cleaned_data["lifetime"]
        return at + timedelta(days=days) if days else None


class ServiceKeyForm(LifetimeForm):
    """A service account's key."""

    scopes = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, label="May be used to")

    def __init__(self, *args: Any, scopes: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["scopes"].choices = scopes  # type: ignore[attr-defined]


class InviteForm(forms.Form):
    email = forms.EmailField(label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(choices=lambda: Role.choices, initial=Role.REVIEWER)
    groups = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="They join these when they accept. A policy asks groups, so a reviewer in none is asked for nothing.",
    )

    def __init__(self, *args: Any, groups: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["groups"].choices = [(handle, handle) for handle in groups]  # type: ignore[attr-defined]
        if not groups:
            del self.fields["groups"]


class GroupForm(forms.Form):
    handle = forms.SlugField(max_length=60, help_text="The word that policies use: small letters, digits and hyphens.")
    name = forms.CharField(max_length=120, help_text="For people to read.")


class AgentForm(forms.Form):
    name = forms.CharField(
        max_length=100, help_text="The word that policies use: letters, digits, dots, hyphens and underscores."
    )
    owner = forms.ChoiceField(help_text="Answers for the agent, and may not approve what it asks for.")

    def __init__(self, *args: Any, people: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["owner"].choices = people  # type: ignore[attr-defined]


class TestActionForm(forms.Form):
    """The call that a test action proposes."""

    tool = forms.CharField(
        max_length=200, initial="countersign.test", help_text="The name of a tool, as the agent would send it."
    )
    args = forms.CharField(
        label="Arguments",
        max_length=64 * 1024,
        initial='{"note": "Nothing happens when this is approved."}',
        help_text="A JSON object.",
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
    )


class ExercisesForm(forms.Form):
    """How often a test action comes by itself: about one in so many."""

    every = forms.TypedChoiceField(
        coerce=int,
        choices=[(0, "never"), *((n, f"about one in {n}") for n in (10, 25, 50, 100, 500))],
        label="One comes by itself",
        help_text="Of the actions that people are asked about.",
    )


class AbsenceForm(forms.Form):
    """Two days, and who to ask meanwhile."""

    first = forms.DateField(label="First day away", widget=forms.DateInput(attrs={"type": "date"}))
    back = forms.DateField(
        label="Back on", help_text="Days begin at midnight UTC.", widget=forms.DateInput(attrs={"type": "date"})
    )
    delegate = forms.ChoiceField(
        label="Who to ask meanwhile",
        required=False,
        help_text="Only told to others. They get no right by it: whoever is to vote has to be in the group.",
    )
    note = forms.CharField(max_length=200, required=False, help_text="Optional. Admins can read it.")

    def __init__(self, *args: Any, people: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["delegate"].choices = [("", "Nobody"), *people]  # type: ignore[attr-defined]


class LettersForm(forms.Form):
    """Which letters one wants."""

    letters = forms.ChoiceField(widget=forms.RadioSelect, label="Write to me about actions that wait for me")

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["letters"].choices = kinds  # type: ignore[attr-defined]


class PasswordForm(forms.Form):
    old = forms.CharField(
        label="Present password",
        strip=False,
        max_length=1024,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = new_password("New password")
