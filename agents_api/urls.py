"""Paths under /api/v1/."""

from django.urls import path, re_path

from agents_api import dataset_views, eval_views, policy_views, stopping, troubles, views
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
    path("datasets", dataset_views.Datasets.as_view(), name="datasets-api"),
    path("datasets/versions/<str:frozen_id>/examples", dataset_views.Examples.as_view(), name="examples-api"),
    path("datasets/<str:dataset_id>", dataset_views.OneDataset.as_view(), name="dataset-api"),
    path("evals/runs", eval_views.Runs.as_view(), name="runs-api"),
    path("evals/runs/<str:run_id>", eval_views.OneRun.as_view(), name="run-api"),
    path("evals/runs/<str:run_id>/items", eval_views.RunItems.as_view(), name="run-items-api"),
    path("evals/runs/<str:run_id>/finish", eval_views.RunClose.as_view(), name="run-finish-api"),
    path("evals/gates", eval_views.Gates.as_view(), name="gates-api"),
    path("evals/gates/<str:gate_id>", eval_views.OneGate.as_view(), name="gate-api"),
    path("evals/baselines", eval_views.Baselines.as_view(), name="baselines-api"),
    path("whoami", views.WhoAmI.as_view(), name="whoami"),
    path("schema/", Schema.as_view(), name="schema"),
    re_path(r"^.*$", Unknown.as_view()),
]
