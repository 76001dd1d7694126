"""Settings: which letters about actions one gets."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import queries, services
from accounts.queries import Verb
from console.web.access import MemberRequest, in_workspace
from console.web.pressing import actor, sent, tried
from console.web.settings_forms import LettersForm


@in_workspace(Verb.SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MemberRequest) -> HttpResponse:
    member = request.member
    reader = queries.reader(member.workspace_id, member.user_id)
    chosen = {"letters": reader.letters} if reader else {}
    form = LettersForm(sent(request), kinds=queries.letters_choices(), auto_id="letters_%s", initial=chosen)
    if form.is_valid():
        choose = partial(services.choose_letters, actor=actor(request), at=timezone.now(), user_id=member.user_id)
        tried(form, lambda: choose(workspace_id=member.workspace_id, letters=form.cleaned_data["letters"]))
        if not form.errors:
            messages.success(request, "Kept. It counts for what is asked from now on.")
            return redirect("notifications", member.workspace_slug)
    context = {"section": "settings", "form": form, "may_review": member.may(Verb.REVIEW)}
    return render(request, "settings/notifications.html", context, status=422 if form.is_bound else 200)
