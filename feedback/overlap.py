"""Does a prompt already hold what an agent is measured with? Runs of 13 words that an example and a prompt share.

Thirteen words in a row hardly ever agree by chance (Brown et al. 2020, appendix C). A text of fewer words has to stand
in the prompt as a whole, and under five words it says too little. Letter case, punctuation and spacing do not count.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from feedback.queries.datasets import ItemView, items
from feedback.redaction import redacted

RUN, FEWEST = 13, 5
_WORD = re.compile(r"\w+")


class Prompts:
    """What agents are told beforehand: prompts, few-shot examples, training files. Redacted first, as examples are."""

    def __init__(self, texts: Iterable[str]) -> None:
        words = [_words(redacted(text)[0]) for text in texts]
        self._runs = {run for told in words for run in _runs(told, RUN)}
        self._whole = [f" {' '.join(told)} " for told in words]

    def holds(self, text: str) -> bool:
        words = _words(text)
        if len(words) >= RUN:
            return any(run in self._runs for run in _runs(words, RUN))
        return len(words) >= FEWEST and any(f" {' '.join(words)} " in told for told in self._whole)

    def hold_some(self, content: dict[str, Any]) -> bool:
        """Whether they hold a text of an example: what the user said, or a text in a call that is right."""
        said = (turn["content"] for turn in content["input"]["messages"] if turn["role"] == "user")
        return any(map(self.holds, said)) or any(map(self.holds, _texts(content["expectation"]["actions"])))


def leaks(measuring: Iterable[ItemView], texts: Sequence[str]) -> Iterator[str]:
    """The ids of the examples that the texts hold."""
    if texts:
        prompts = Prompts(texts)
        yield from (item.external_id for item in measuring if item.content and prompts.hold_some(item.content))


def leaks_of(workspace_id: str, version_id: str, texts: Sequence[str]) -> Iterator[str]:
    """The same of those that measure agents in a version."""
    return leaks((item for item in items(workspace_id, version_id) if item.split != "train"), texts)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _runs(words: list[str], size: int) -> Iterator[str]:
    for start in range(len(words) - size + 1):
        yield " ".join(words[start : start + size])


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
