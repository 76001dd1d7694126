"""The exports of one workspace, below /w/<slug>/audit/exports/."""

from django.urls import path

from console.web import exports

urlpatterns = [
    path("", exports.page, name="exports"),
    path("list", exports.progress, name="exports-list"),
    path("new", exports.new, name="export-new"),
    path("schedules", exports.scheduled, name="export-schedules"),
    path("schedules/<str:schedule_id>/end", exports.end_schedule, name="export-schedule-end"),
    path("<str:export_id>/file", exports.download, name="export-file"),
    path("<str:export_id>/cancel", exports.cancel, name="export-cancel"),
    path("<str:export_id>/drop", exports.drop, name="export-drop"),
]
