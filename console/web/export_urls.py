"""The exports of one workspace, below /w/<slug>/audit/exports/."""

from django.urls import path

from console.web import exports, streams

urlpatterns = [
    path("", exports.page, name="exports"),
    path("list", exports.progress, name="exports-list"),
    path("new", exports.new, name="export-new"),
    path("schedules", exports.scheduled, name="export-schedules"),
    path("schedules/<str:schedule_id>/end", exports.end_schedule, name="export-schedule-end"),
    path("streams", streams.page, name="export-streams"),
    path("streams/<str:stream_id>/rotate", streams.rotate, name="stream-rotate"),
    path("streams/<str:stream_id>/test", streams.check, name="stream-test"),
    path("streams/<str:stream_id>/pause", streams.pause, name="stream-pause"),
    path("streams/<str:stream_id>/resume", streams.resume, name="stream-resume"),
    path("streams/<str:stream_id>/end", streams.end, name="stream-end"),
    path("<str:export_id>/file", exports.download, name="export-file"),
    path("<str:export_id>/cancel", exports.cancel, name="export-cancel"),
    path("<str:export_id>/drop", exports.drop, name="export-drop"),
]
