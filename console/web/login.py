"""Logging in and out, and a new password by mail."""

from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import queries, services
from accounts.errors import AccountError, LinkRefused, LockedOut
from console.web.entering import enter
from console.web.login_forms import ForgottenForm, LoginForm, ResetForm
from console.web.pressing import sent, tried


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect("home")
        form = LoginForm(initial={"next": request.GET.get("next", "")})
        return render(request, "accounts/login.html", {"form": form, "nobody_yet": queries.nobody_yet()})
    form = LoginForm(request.POST)
    status = 422
    if form.is_valid():
        said = form.cleaned_data
        try:
            person = services.log_in(
                at=timezone.now(),
                email=said["email"],
                password=said["password"],
                address=request.META.get("REMOTE_ADDR", ""),
            )
        except AccountError as error:
            form.add_error(None, error.detail)
            status = 429 if isinstance(error, LockedOut) else 422
        else:
            enter(request, person)
            return redirect(own_path(said["next"]))
    return render(request, "accounts/login.html", {"form": form}, status=status)


def own_path(address: str) -> str:
    """The path if it leads to a page of ours, else the start page."""
    ours = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if ours else settings.LOGIN_REDIRECT_URL


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        services.log_out(at=timezone.now(), person=request.user)
    auth.logout(request)
    messages.success(request, "You are logged out.")
    return redirect("login")


@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Says the same whether or not anybody has the address."""
    form = ForgottenForm(sent(request))
    if not form.is_valid():
        return render(request, "accounts/forgotten.html", {"form": form}, status=422 if form.is_bound else 200)
    services.request_reset(at=timezone.now(), email=form.cleaned_data["email"])
    return render(request, "accounts/forgotten_sent.html", {"email": form.cleaned_data["email"]})


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest, user_id: str, token: str) -> HttpResponse:
    if not queries.may_reset(user_id, token):
        return refused(request)
    form = ResetForm(sent(request))
    if form.is_valid():
        said = {"user_id": user_id, "token": token, "password": form.cleaned_data["password"]}
        if tried(form, lambda: services.reset_password(at=timezone.now(), **said)):
            messages.success(request, "Your password is changed. Log in with the new one.")
            return redirect("login")
    return render(request, "accounts/reset.html", {"form": form}, status=422 if form.is_bound else 200)


def refused(request: HttpRequest) -> HttpResponse:
    """For every link that does not work, whatever the reason: 410."""
    return render(request, "accounts/link_refused.html", {"told": LinkRefused().detail}, status=410)
