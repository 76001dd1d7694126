"""Settings that everybody has: which key does what, and whether single keys are on."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.roles import Verb
from console import key_maps
from console.web.access import MemberRequest, in_workspace, is_fragment


class KeysForm(forms.Form):
    """One field for each act."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for act, (_, told) in key_maps.ACTS.items():
            widget = forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"})
            self.fields[act] = forms.CharField(label=told, max_length=1, widget=widget)


@in_workspace(Verb.SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: MemberRequest) -> HttpResponse:
    kept = key_maps.of(request.member.user_id)
    form = KeysForm(request.POST if request.method == "POST" else None, initial=kept.keys, auto_id="key_%s")
    if request.method == "POST" and form.is_valid() and _saved(request, form):
        messages.success(request, "Your keys are saved.")
        return redirect("shortcuts", request.member.workspace_slug)
    context = {"section": "settings", "form": form, "is_on": kept.is_on}
    return render(request, "settings/shortcuts.html", context, status=422 if form.errors else 200)


@in_workspace(Verb.SEE)
@require_POST
def switch(request: MemberRequest) -> HttpResponse:
    is_on = request.POST.get("is_on") == "yes"
    key_maps.switch(request.member.user_id, is_on=is_on)
    if is_fragment(request):
        return HttpResponse(status=204)
    messages.success(request, f"Single keys are {'on' if is_on else 'off'}.")
    return redirect("shortcuts", request.member.workspace_slug)


@in_workspace(Verb.SEE)
@require_POST
def reset(request: MemberRequest) -> HttpResponse:
    key_maps.reset(request.member.user_id)
    messages.success(request, "Each key is as it came.")
    return redirect("shortcuts", request.member.workspace_slug)


def _saved(request: MemberRequest, form: KeysForm) -> bool:
    try:
        key_maps.save(request.member.user_id, form.cleaned_data)
    except key_maps.Refused as refused:
        form.add_error(refused.act, str(refused))
        return False
    return True
