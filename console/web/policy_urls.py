"""The policies of one workspace, below /w/<slug>/policies/."""

from django.urls import path

from console.web import backtests, policies, policy_editor, proposals, shadow, standing

urlpatterns = [
    path("", policies.page, name="policies"),
    path("edit", policy_editor.page, name="policy-edit"),
    path("edit/check", policy_editor.check, name="policy-check"),
    path("versions/<str:version_id>", policies.version, name="policy-version"),
    path("versions/<str:version_id>/roll-back", policies.roll_back, name="policy-roll-back"),
    path("versions/<str:version_id>/shadow", shadow.start, name="policy-shadow-start"),
    path("versions/<str:version_id>/backtest", backtests.start, name="policy-backtest-start"),
    path("proposals/<str:proposal_id>", proposals.page, name="policy-proposal"),
    path("proposals/<str:proposal_id>/sign", proposals.sign, name="policy-sign"),
    path("proposals/<str:proposal_id>/decline", proposals.decline, name="policy-decline"),
    path("backtests/<str:job_id>", backtests.page, name="policy-backtest"),
    path("backtests/<str:job_id>/progress", backtests.progress, name="policy-backtest-progress"),
    path("backtests/<str:job_id>/cancel", backtests.cancel, name="policy-backtest-cancel"),
    path("shadow", shadow.page, name="policy-shadow"),
    path("shadow/stop", shadow.stop, name="policy-shadow-stop"),
    path("grants", standing.page, name="standing-grants"),
    path("grants/<str:grant_id>/agree", standing.agree, name="standing-grant-agree"),
    path("grants/<str:grant_id>/revoke", standing.revoke, name="standing-grant-revoke"),
]
