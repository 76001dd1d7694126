"""Two texts line by line: what differs, with a little around it."""

from approvals.policy.text_diff import Line, lines_of

OLD = "".join(f"line {n}\n" for n in range(1, 21))


def test_what_differs_stands_with_two_lines_around_it() -> None:
    new = OLD.replace("line 5\n", "line five\n").replace("line 20\n", "line 20\nline 21\n")
    assert lines_of(OLD, new) == (
        Line("same", 3, "line 3"),
        Line("same", 4, "line 4"),
        Line("removed", 5, "line 5"),
        Line("added", 5, "line five"),
        Line("same", 6, "line 6"),
        Line("same", 7, "line 7"),
        Line("gap", 0, ""),
        Line("same", 19, "line 19"),
        Line("same", 20, "line 20"),
        Line("added", 21, "line 21"),
    )


def test_equal_texts_differ_nowhere() -> None:
    assert lines_of(OLD, OLD) == ()
