"""Paths under /api/v1/."""

from django.urls import path, re_path

from agents_api import audit_views, erasing, export_views, policy_views, stopping, troubles, views
from agents_api.door import Unknown
from agents_api.schema import Schema

urlpatterns = [
    path("actions", views.Actions.as_view(), name="actions"),
    path("actions/batch", views.Batch.as_view(), name="batch"),
    path("actions/validate", views.Validate.as_view(), name="validate"),
    path("actions/<str:action_id>", views.OneAction.as_view(), name="action"),
    path("actions/<str:action_id>/reviews", views.Reviews.as_view(), name="reviews"),
    path("actions/<str:action_id>/undo", views.Undo.as_view(), name="undo"),
    path("actions/<str:action_id>/spend", views.Spend.as_view(), name="spend"),
    path("actions/<str:action_id>/result", views.Result.as_view(), name="result"),
    path("actions/<str:action_id>/withdraw", views.Withdraw.as_view(), name="withdraw"),
    path("actions/<str:action_id>/messages", views.Messages.as_view(), name="messages"),
    path("stops", stopping.Stops.as_view(), name="stops"),
    path("stops/<str:stop_id>/release", stopping.Release.as_view(), name="stop-release"),
    path("versions/<str:version_id>/block", troubles.Block.as_view(), name="version-block"),
    path("incidents", troubles.Incidents.as_view(), name="incidents"),
    path("incidents/<str:incident_id>", troubles.OneIncident.as_view(), name="incident"),
    path("incidents/<str:incident_id>/steps", troubles.Steps.as_view(), name="incident-steps"),
    path("incidents/<str:incident_id>/notes", troubles.Notes.as_view(), name="incident-notes"),
    path("incidents/<str:incident_id>/close", troubles.Close.as_view(), name="incident-close"),
    path("policies", policy_views.Policies.as_view(), name="policies-api"),
    path("policies/check", policy_views.PolicyCheck.as_view(), name="policy-check-api"),
    path("policies/proposals", policy_views.Proposals.as_view(), name="policy-proposals-api"),
    path("policies/proposals/<str:proposal_id>", policy_views.OneProposal.as_view(), name="policy-proposal-api"),
    path("policies/backtests", policy_views.Backtests.as_view(), name="policy-backtests-api"),
    path("policies/backtests/<str:job_id>", policy_views.OneBacktest.as_view(), name="policy-backtest-api"),
    path("policies/<str:version_id>", policy_views.OnePolicy.as_view(), name="policy-api"),
    path("audit/events", export_views.Events.as_view(), name="audit-events"),
    path("audit/exports", export_views.Exports.as_view(), name="audit-exports"),
    path("audit/exports/<str:export_id>", export_views.OneExport.as_view(), name="audit-export"),
    path("audit/exports/<str:export_id>/file", export_views.ExportFile.as_view(), name="audit-export-file"),
    path("audit/exports/<str:export_id>/cancel", export_views.Cancel.as_view(), name="audit-export-cancel"),
    path("erasures", erasing.Erasures.as_view(), name="erasures-api"),
    path("erasures/<str:erasure_id>", erasing.OneErasure.as_view(), name="erasure-api"),
    path("erasures/<str:erasure_id>/agree", erasing.Agree.as_view(), name="erasure-agree-api"),
    path("erasures/<str:erasure_id>/decline", erasing.Decline.as_view(), name="erasure-decline-api"),
    path("holds", erasing.Holds.as_view(), name="holds-api"),
    path("holds/<str:hold_id>/ask", erasing.AskToLift.as_view(), name="hold-ask-api"),
    path("holds/<str:hold_id>/lift", erasing.Lift.as_view(), name="hold-lift-api"),
    path("audit/events/<str:event_id>", audit_views.OneEvent.as_view(), name="audit-event"),
    path("audit/events/<str:event_id>/proof", audit_views.Receipt.as_view(), name="audit-receipt"),
    path("whoami", views.WhoAmI.as_view(), name="whoami"),
    path("schema/", Schema.as_view(), name="schema"),
    re_path(r"^.*$", Unknown.as_view()),
]
