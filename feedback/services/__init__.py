"""The verbs of feedback."""

from feedback.examples import Given
from feedback.gold import given
from feedback.overlap import leaks_of
from feedback.queries.answers import Given as Answer
from feedback.services.datasets import add_examples, create_dataset
from feedback.services.erasing import erase_example
from feedback.services.forgetting import actions_of_person, forget_person, said_about, said_by
from feedback.services.freezing import freeze, start_freeze
from feedback.services.gates import calibrate_judge, check_gate, move_baseline
from feedback.services.labels import erase_comments, erase_labels, export_labels
from feedback.services.looks import draw_all, give, judge_outcome
from feedback.services.reasons import add_reason, renew_reason, retire_reason
from feedback.services.runs import add_items, close_run, open_run

__all__ = [
    "Answer",
    "Given",
    "actions_of_person",
    "add_examples",
    "add_items",
    "add_reason",
    "calibrate_judge",
    "check_gate",
    "close_run",
    "create_dataset",
    "draw_all",
    "erase_comments",
    "erase_example",
    "erase_labels",
    "export_labels",
    "forget_person",
    "freeze",
    "give",
    "given",
    "judge_outcome",
    "leaks_of",
    "move_baseline",
    "open_run",
    "renew_reason",
    "retire_reason",
    "said_about",
    "said_by",
    "start_freeze",
]
