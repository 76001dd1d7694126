"""What people may send before they are in: who they are, and links that let them in."""

from django import forms

PASSWORD_HELP = "At least 12 characters. A few unrelated words make a good one."  # noqa: S105 (a hint)


def new_password(label: str = "Password") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(label=label, strip=False, max_length=1024, help_text=PASSWORD_HELP, widget=widget)


def person_name() -> forms.CharField:
    return forms.CharField(label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))


class LoginForm(forms.Form):
    email = forms.EmailField(
        label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        strip=False, max_length=1024, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    next = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)


class SetupForm(forms.Form):
    name = person_name()
    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        help_text="You log in with it.",
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = new_password()
    workspace_name = forms.CharField(label="Name of the workspace", max_length=120)
    slug = forms.SlugField(
        label="Address of the workspace",
        max_length=60,
        help_text="Small letters, digits and hyphens; its pages begin with /w/ and this word.",
    )


class AcceptForm(forms.Form):
    """For an invited person without an account."""

    name = person_name()
    password = new_password()


class ForgottenForm(forms.Form):
    email = forms.EmailField(
        label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


class ResetForm(forms.Form):
    password = new_password("New password")
