"""What is asked before a gate is judged from the page."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from feedback.queries.answers import RunView

TAG = "tag:baseline"


class GateForm(forms.Form):
    """The plainest gate: two runs and a margin. All else is asked by CI with a document."""

    margin = forms.DecimalField(min_value=Decimal("0.1"), max_value=50, initial=2, decimal_places=1, max_digits=4)
    by_tool = forms.BooleanField(required=False, initial=True)

    def __init__(self, *args: Any, runs: Sequence[RunView], **options: Any) -> None:
        super().__init__(*args, **options)
        self.runs = runs
        closed = [(run.id, _named(run)) for run in runs if run.closed_at is not None]
        self.fields["candidate"] = forms.ChoiceField(choices=closed)
        self.fields["baseline"] = forms.ChoiceField(choices=[(TAG, "The baseline of its dataset"), *closed])

    def spec(self) -> dict[str, Any]:
        """The document of the gate. Tools are those that the dataset of the candidate has."""
        margin = float(self.cleaned_data["margin"]) / 100
        candidate = next(run for run in self.runs if run.id == self.cleaned_data["candidate"])
        tools = sorted(candidate.tools) if self.cleaned_data["by_tool"] else []
        slices = [{"name": f"tool={tool}", "margin": margin} for tool in tools]
        return {"name": "from the page", "margin": margin, "slices": slices}


def _named(run: RunView) -> str:
    version = f" {run.agent_version}" if run.agent_version else ""
    label = f", {run.label}" if run.label else ""
    return f"{run.agent_name}{version} on {run.dataset_name} {run.version_n}{label}, {run.created_at:%Y-%m-%d %H:%M}"
