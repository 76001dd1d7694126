"""Draws the life of an action from `approvals/states.py` into docs/architecture.md, between the two marks there.

PYTHONPATH=. python scripts/draw_states.py
"""

from pathlib import Path

from approvals.states import TRANSITIONS, State

PAGE = Path(__file__).resolve().parents[1] / "docs" / "architecture.md"
BEGIN, END = "<!-- drawn by scripts/draw_states.py -->\n", "\n<!-- end of the drawing -->"


def drawing() -> str:
    """A Mermaid state diagram of the legal moves."""
    lines = ["```mermaid", "stateDiagram-v2"]
    for (move, before), after in TRANSITIONS.items():
        lines += [f"    {before.value if before else '[*]'} --> {state.value}: {move.value}" for state in after]
    lines += [f"    {state} --> [*]" for state in State.FINAL]
    return "\n".join([*lines, "```"])


def drawn(page: str) -> str:
    """The page with the drawing of today."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{drawing()}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text()))
