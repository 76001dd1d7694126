"""What decisions teach, below /w/<slug>/feedback/."""

from django.urls import path

from console.web import dataset_jobs, datasets, labels, reasons

urlpatterns = [
    path("", labels.page, name="labels"),
    path("reasons", reasons.page, name="reasons"),
    path("reasons/retire", reasons.retire, name="reason-retire"),
    path("reasons/renew", reasons.renew, name="reason-renew"),
    path("datasets", datasets.page, name="datasets"),
    path("datasets/<str:dataset_id>", datasets.dataset, name="dataset"),
    path("datasets/<str:dataset_id>/freeze", datasets.freeze, name="dataset-freeze"),
    path("versions/<str:frozen_id>", datasets.version, name="dataset-version"),
    path("versions/<str:frozen_id>/card", datasets.card, name="dataset-card"),
    path("versions/<str:frozen_id>/export", datasets.export, name="dataset-export"),
    path("freezes/<str:job_id>", dataset_jobs.freeze, name="dataset-freeze-job"),
    path("freezes/<str:job_id>/progress", dataset_jobs.freeze_progress, name="dataset-freeze-progress"),
    path("freezes/<str:job_id>/cancel", dataset_jobs.cancel_freeze, name="dataset-freeze-cancel"),
    path("exports/<str:job_id>", dataset_jobs.export, name="dataset-export-job"),
    path("exports/<str:job_id>/progress", dataset_jobs.export_progress, name="dataset-export-progress"),
    path("exports/<str:job_id>/cancel", dataset_jobs.cancel_export, name="dataset-export-cancel"),
    path("exports/<str:job_id>/file", dataset_jobs.file, name="dataset-export-file"),
]
