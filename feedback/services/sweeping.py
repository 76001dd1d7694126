"""The sweep over what was decided: second looks are drawn, signals counted and watched, autonomy proposed or ended."""

from datetime import datetime, timedelta
from typing import Any

from audit.actor import SYSTEM
from feedback.models import Label, SignalState
from feedback.services import autonomy, looks, readiness, tallying, watching
from outbox import jobs
from outbox.jobs import Work
from tenancy import ids, scope

KIND = "sweep"
LISTED = 5


def order(*, at: datetime) -> int:
    """Orders a sweep for each workspace with labels that none has seen; says how many. Workers do it, because a chart
    must never keep a timer waiting.
    """
    ordered = 0
    settled = ids.floor("lbl", at - timedelta(minutes=1))
    for workspace_id in list(Label.everywhere.values_list("workspace_id", flat=True).distinct()):
        after = SignalState.everywhere.filter(pk=workspace_id).values_list("after", flat=True).first() or ""
        fresh = Label.everywhere.filter(workspace_id=workspace_id, id__gt=after, id__lt=settled).exists()
        if fresh and not any(not job.outcome for job in jobs.newest(workspace_id, KIND, LISTED)):
            with scope.acting(workspace_id):
                jobs.start(
                    kind=KIND, workspace_id=workspace_id, by_id=SYSTEM.id, by_name=SYSTEM.label, payload={}, at=at
                )
            ordered += 1
    return ordered


def run(work: Work) -> dict[str, Any]:
    """The job itself; each part goes on where it was when it is lost."""
    counted = 0
    while found := watching.count(at=work.now(), workspace_id=work.workspace_id):
        counted += found
        work.step(counted, counted)
    return {"counted": counted, **sweep(at=work.now(), workspace_id=work.workspace_id)}


def sweep(*, at: datetime, workspace_id: str) -> dict[str, int]:
    """All but the counting."""
    drawn = looks.draw_all(actor=SYSTEM, at=at, workspace_id=workspace_id)
    tallying.forget(at=at, workspace_id=workspace_id)
    return {
        "drawn": drawn,
        "alerts": watching.watch(at=at, workspace_id=workspace_id)
        + watching.watch_streams(at=at, workspace_id=workspace_id),
        "readiness": readiness.look(at=at, workspace_id=workspace_id),
        "revoked": autonomy.revoke_lost(at=at, workspace_id=workspace_id),
        "proposed": autonomy.propose(at=at, workspace_id=workspace_id),
    }
