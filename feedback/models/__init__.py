"""What decisions teach: labels, the words of their reasons, and the datasets that are made of them."""

from feedback.models.control import ReadinessControl, ReadinessState
from feedback.models.dataset import (
    Dataset,
    DatasetItem,
    DatasetVersion,
    Example,
    ExampleRevision,
    Sketch,
    TrainingExport,
)
from feedback.models.evaluation import Baseline, EvalItem, EvalRun, GatePlan, GateResult, JudgeCalibration
from feedback.models.label import Label
from feedback.models.looks import Look, LookPlan, Outcome
from feedback.models.stream import Alert, Autonomy, SignalDay, SignalState, StreamDay
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
    "GatePlan",
    "GateResult",
    "JudgeCalibration",
    "Label",
    "Look",
    "LookPlan",
    "Outcome",
    "ReadinessControl",
    "ReadinessState",
    "SignalDay",
    "SignalState",
    "Sketch",
    "StreamDay",
    "Taxonomy",
    "TrainingExport",
]
