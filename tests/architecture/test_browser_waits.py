"""A browser test waits for what the page shows; it never evaluates a text there again and again."""

from tests.architecture.source import ROOT

# The text is evaluated in the page each time it is polled, which the pages' policy refuses: green only when the
# first look already finds it.
POLLED = "wait_for_" + "function"


def test_no_browser_test_polls_with_a_text_to_evaluate() -> None:
    read = {path.name: path.read_text() for path in (ROOT / "tests").rglob("*.py")}
    assert len(read) > 50
    assert [name for name, text in read.items() if POLLED in text] == []
