"""promptfoo test cases: the model is to answer {"tool", "args"} as JSON, and a script holds it to the expectation."""

import re

import orjson

from feedback.export.form import Format, LeftOut, Row, asked, lesson_of, metadata
from feedback.queries import ItemView

# promptfoo fills templates inside variables. Agents' words must not become one: JSON spells these otherwise.
_TEMPLATE = re.compile(r"\{(?=[{%#])")

MATCHES = """// Holds an answer {"tool", "args"} to what is expected: one of the right calls, none of the wrong ones.
const same = (a, b) => {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
};

module.exports = (output, context) => {
  const expectation = JSON.parse(context.vars.expectation);
  let answer = null;
  try {
    answer = typeof output === "string" ? JSON.parse(output) : output;
  } catch {
    return { pass: false, score: 0, reason: "The answer is no JSON." };
  }
  const is = (call) => answer !== null && answer.tool === call.tool && same(answer.args, call.args);
  if (expectation.forbidden.some(is)) return { pass: false, score: 0, reason: "People refused this very call." };
  if (expectation.actions.length === 0) return { pass: true, score: 1, reason: "It is not the call that was refused." };
  const pass = expectation.actions.some(is);
  return { pass, score: pass ? 1 : 0, reason: pass ? "It is a right call." : "It is none of the right calls." };
};
"""


def spelled(value: object) -> str:
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return _TEMPLATE.sub(lambda _: "\\u007b", text)


def rows(item: ItemView) -> list[Row]:
    lesson = lesson_of(item)
    if not lesson.accepted and not lesson.forbidden:
        raise LeftOut("no_expectation")
    about = {key: value for key, value in metadata(item).items() if isinstance(value, str)}
    return [
        {
            "description": f"{item.content['decision']} {item.external_id}",
            "vars": {"messages": spelled(asked(item)), "expectation": spelled(item.content["expectation"])},
            "assert": [{"type": "is-json"}, {"type": "javascript", "value": "file://matches.cjs"}],
            "metadata": about,
        }
    ]


FORMAT = Format(
    name="promptfoo",
    file="tests.jsonl",
    loads="promptfoo: tests: file://tests.jsonl",
    make=rows,
    beside={"matches.cjs": MATCHES},
)
