"""What decisions teach: labels, the words of their reasons, and the datasets that are made of them."""

from feedback.models.dataset import Dataset, DatasetItem, DatasetVersion, Example, ExampleRevision
from feedback.models.evaluation import Baseline, EvalItem, EvalRun, GateResult, JudgeCalibration
from feedback.models.label import Label
from feedback.models.looks import Look, LookPlan, Outcome
from feedback.models.stream import Alert, Autonomy, SignalDay, SignalState
from feedback.models.taxonomy import Taxonomy

__all__ = [
    "Alert",
    "Autonomy",
    "Baseline",
    "Dataset",
    "DatasetItem",
    "DatasetVersion",
    "EvalItem",
    "EvalRun",
    "Example",
    "ExampleRevision",
    "GateResult",
    "JudgeCalibration",
    "Label",
    "Look",
    "LookPlan",
    "Outcome",
    "SignalDay",
    "SignalState",
    "Taxonomy",
]
