"""A long text that says one thing again and again, and what stands in between. Pure.

Nobody reads a thousand equal sentences, so whatever differs among them is quoted first. It finds plain repetition only:
a text that varies its filler is still read whole, which the page asks for.
"""

import re
from collections import Counter

# From here on a text does not fit its box; so often a sentence is repeated before anything is said about it.
FROM = 1200
OFTEN = 10
QUOTED_MAX = 3
QUOTE_MAX = 200
_SENTENCE = re.compile(r"[^.!?;\n]*[.!?;\n]+\s*|[^.!?;\n]+$")


def repeated(text: str) -> str:
    """One sentence about the repetition, with what stands out in quotes; "" where less than half of it repeats."""
    if len(text) < FROM:
        return ""
    sentences = [" ".join(found.split()) for found in _SENTENCE.findall(text)]
    counts = Counter(sentence for sentence in sentences if sentence)
    if not counts:
        return ""
    _, most = counts.most_common(1)[0]
    filler = {sentence for sentence, count in counts.items() if count >= OFTEN}
    if most < OFTEN or 2 * sum(len(s) * counts[s] for s in filler) < sum(len(s) * n for s, n in counts.items()):
        return ""
    apart = [sentence for sentence in dict.fromkeys(sentences) if sentence and sentence not in filler]
    said = f"Says the same up to {most:,} times"
    if not apart:
        return f"{said}, and nothing else."
    quoted = " ".join(f"“{_cut(sentence)}”" for sentence in apart[:QUOTED_MAX])
    more = len(apart) - QUOTED_MAX
    return f"{said}; in between stands: {quoted}" + (f" and {more} more." if more > 0 else "")


def _cut(sentence: str) -> str:
    return sentence if len(sentence) <= QUOTE_MAX else f"{sentence[:QUOTE_MAX]}…"
