"""DeepEval goldens as a JSON array: its JSONL loader turns "no tool is expected" into "nothing is known"."""

import orjson

from feedback.export.form import Format, LeftOut, Row, asked, last_request, lesson_of, metadata
from feedback.queries import ItemView


def called(call: Row) -> Row:
    return {"name": call["tool"], "input_parameters": call["args"]}


def rows(item: ItemView) -> list[Row]:
    lesson, turns = lesson_of(item), asked(item)
    if not lesson.accepted and not lesson.forbidden:
        raise LeftOut("no_expectation")
    proposed = item.content["proposed"]
    return [
        {
            "name": item.external_id,
            "input": last_request(turns),
            "actual_output": "",
            "expected_output": orjson.dumps(item.content["expectation"], option=orjson.OPT_SORT_KEYS).decode(),
            "tools_called": [called(proposed)] if proposed else [],
            "expected_tools": [called(call) for call in lesson.accepted[:1]],
            "comments": item.content["reason"]["text"] or "",
            "additional_metadata": {**metadata(item), "messages": turns},
        }
    ]


FORMAT = Format(
    name="deepeval",
    file="goldens.json",
    loads="deepeval.dataset.EvaluationDataset.add_goldens_from_json_file",
    make=rows,
    is_array=True,
)
