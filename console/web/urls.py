"""Every page that people see. Inside a workspace the path begins with /w/<slug>/."""

from django.urls import URLPattern, URLResolver, include, path

from console.web import action, batch, care, claims, edit, history, queue, replay, saved, trace

in_workspace: list[URLPattern | URLResolver] = [
    path("queue", queue.page, name="queue"),
    path("queue/rows", queue.rows, name="queue-rows"),
    path("queue/found", queue.found, name="queue-found"),
    path("queue/views", saved.page, name="views"),
    path("queue/views/save", saved.save, name="view-save"),
    path("queue/views/<str:view_id>/rename", saved.rename, name="view-rename"),
    path("queue/views/<str:view_id>/default", saved.open_first, name="view-default"),
    path("queue/views/<str:view_id>/delete", saved.delete, name="view-delete"),
    path("actions/<str:action_id>/alike", batch.page, name="action-alike"),
    path("actions/<str:action_id>/company", claims.company, name="action-company"),
    path("actions/<str:action_id>/claim", claims.claim, name="action-claim"),
    path("actions/<str:action_id>/claim/keep", claims.keep, name="action-claim-keep"),
    path("actions/<str:action_id>/claim/release", claims.release, name="action-claim-release"),
    path("actions/<str:action_id>", action.page, name="action"),
    path("actions/<str:action_id>/detail", action.detail, name="action-detail"),
    path("actions/<str:action_id>/standing", action.standing, name="action-standing"),
    path("actions/<str:action_id>/approve", action.approve, name="action-approve"),
    path("actions/<str:action_id>/reject", action.reject, name="action-reject"),
    path("actions/<str:action_id>/ask", action.ask, name="action-ask"),
    path("actions/<str:action_id>/undo", action.undo, name="action-undo"),
    path("actions/<str:action_id>/edit", edit.page, name="action-edit"),
    path("actions/<str:action_id>/edit/approve", edit.approve, name="action-edit-approve"),
    path("actions/<str:action_id>/history", history.of_action, name="action-history"),
    path("actions/<str:action_id>/replay", replay.page, name="action-replay"),
    path("history", history.page, name="history"),
    path("care", care.page, name="care"),
    path("traces", trace.page, name="traces"),
    path("traces/<str:trace_id>", trace.page, name="trace"),
    path("policies/", include("console.web.policy_urls")),
    path("settings/", include("console.web.settings_urls")),
]

urlpatterns = [
    path("", queue.home, name="home"),
    path("", include("console.web.auth_urls")),
    path("w/<slug:workspace>/", include(in_workspace)),
]
