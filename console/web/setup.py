"""Coming in by a link: the first admin, and whoever was invited."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import queries, services
from accounts.queries import Invited
from console.web.entering import enter
from console.web.login import refused
from console.web.login_forms import AcceptForm, SetupForm
from console.web.pressing import sent, tried


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def first_admin(request: HttpRequest, token: str) -> HttpResponse:
    """The link that the server printed at its start."""
    now = timezone.now()
    if not queries.open_setup(token, now):
        return refused(request)
    form = SetupForm(sent(request))
    if form.is_valid():
        made = tried(form, lambda: services.accept_setup(at=now, token=token, **form.cleaned_data))
        if made:
            person, slug = made
            enter(request, person)
            messages.success(request, "Everything is ready. Make an agent, and send a test action as it.")
            return redirect("agents", slug)
    return render(request, "accounts/setup.html", {"form": form}, status=422 if form.is_bound else 200)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """A new person says who they are and is let in; whoever has an account only says yes, and logs in as ever."""
    now = timezone.now()
    found = queries.invited(token, now)
    if found is None:
        return refused(request)
    form = AcceptForm(sent(request))
    if found.has_account:
        form.fields.clear()
    if form.is_valid():
        person = tried(form, lambda: services.accept_invitation(at=now, token=token, **form.cleaned_data))
        if person and not found.has_account:
            enter(request, person)
        if person:
            return _welcome(request, found)
    context = {"form": form, "invited": found}
    return render(request, "accounts/invitation.html", context, status=422 if form.is_bound else 200)


def _welcome(request: HttpRequest, found: Invited) -> HttpResponse:
    into = f", in {', '.join(found.groups)}" if found.groups else ""
    messages.success(request, f"You belong to {found.workspace_name} now, as {found.role}{into}.")
    if found.gone:
        messages.warning(request, f"No longer there, so you are not in: {', '.join(found.gone)}.")
    return redirect("queue", found.workspace_slug)
