"""What the endpoints of runs, gates and datasets take and answer, for the schema."""

from agents_api.describing import after, get, naming, of, post, query

_RUN_ID = of("run", "run_id")
RUNS = get("list_runs", "RunPageOut", "One page.", "Evaluation runs, newest first", after("run"))
RUN = get("read_run", "RunOut", "The run.", "One evaluation run", _RUN_ID)
GATE = get("read_gate", "GateOut", "What the gate said.", "One gate result", of("gat", "gate_id"))

OPEN_RUN = naming(
    post("open_run", "RunIn", (201, "RunOut", "It takes answers now."), "Open an evaluation run", of_one=False)
)
RUN_ITEMS = post(
    "add_answers", "AnswersIn", (200, "ReceivedOut", "They are scored and kept."), "Send answers of a run", of=_RUN_ID
)
CLOSE_RUN = post("close_run", "CloseRunIn", (200, "RunOut", "It is closed."), "Close an evaluation run", of=_RUN_ID)
CHECK_GATE = naming(
    post("check_gate", "GateIn", (201, "GateOut", "The verdict."), "Judge a run against a baseline", of_one=False)
)
MOVE_BASELINE = naming(
    post("move_baseline", "BaselineIn", (200, "BaselineOut", "It points there now."), "Move a baseline", of_one=False)
)
_AFTER_EXAMPLE = query(
    "after", {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": 0}, "`next` of the page before."
)
DATASETS = get("list_datasets", "DatasetPageOut", "One page.", "Datasets, newest first", after("dst"))
DATASET = get("read_dataset", "DatasetOut", "The dataset.", "One dataset with its versions", of("dst", "dataset_id"))
EXAMPLES = get(
    "list_examples",
    "ExamplePageOut",
    "One page.",
    "What stands in a frozen version",
    of("dsv", "frozen_id"),
    _AFTER_EXAMPLE,
)
LEAKS = post(
    "find_leaks",
    "PromptsIn",
    (200, "LeaksOut", "Which examples they hold."),
    "Which examples that measure agents stand in prompts",
    of=of("dsv", "frozen_id"),
)
