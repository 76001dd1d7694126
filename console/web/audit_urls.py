"""The pages of those who check, below /w/<slug>/audit/."""

from django.urls import path

from console.web import audit, audit_samples, audit_standing, erasures

urlpatterns = [
    path("", audit.page, name="audit"),
    path("actions/<str:action_id>", audit.of_action, name="audit-action"),
    path("events/<str:event_id>", audit.event, name="audit-event"),
    path("samples", audit_samples.page, name="audit-samples"),
    path("samples/<str:event_id>", audit_samples.sample, name="audit-sample"),
    path("access", audit_standing.access, name="audit-access"),
    path("standing", audit_standing.page, name="audit-standing"),
    path("erasures", erasures.page, name="erasures"),
    path("erasures/<str:erasure_id>", erasures.erasure, name="erasure"),
    path("erasures/<str:erasure_id>/agree", erasures.agree, name="erasure-agree"),
    path("erasures/<str:erasure_id>/decline", erasures.decline, name="erasure-decline"),
    path("holds", erasures.holding, name="holds"),
    path("holds/<str:hold_id>/lift", erasures.lift, name="hold-lift"),
    path("retention", erasures.keeping, name="retention"),
]
