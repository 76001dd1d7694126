"""Deepchecks: interactions with the annotation that people's judgement is, as its client logs them."""

import orjson

from feedback.export.form import Format, LeftOut, Row, asked, last_request, lesson_of
from feedback.queries import ItemView


def rows(item: ItemView) -> list[Row]:
    judged, turns = lesson_of(item).judged, asked(item)
    if not judged:
        raise LeftOut("not_judged")
    return [
        {
            "user_interaction_id": f"{item.external_id}-{n}",
            "input": last_request(turns),
            "full_prompt": orjson.dumps(turns).decode(),
            "output": orjson.dumps(call, option=orjson.OPT_SORT_KEYS).decode(),
            "annotation": "good" if right else "bad",
            "annotation_reason": item.content["reason"]["text"] or "",
        }
        for n, (call, right) in enumerate(judged, start=1)
    ]


FORMAT = Format(
    name="deepchecks", file="interactions.jsonl", loads="deepchecks_llm_client: log_batch_interactions", make=rows
)
