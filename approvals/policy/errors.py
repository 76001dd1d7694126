"""What is wrong with a policy document, and where."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a document.

    `pointer` is RFC 6901 into the document, `code` a stable word, `detail` says what to do, `line` counts from 1.
    """

    pointer: str
    code: str
    detail: str
    line: int | None = None

    def __str__(self) -> str:
        where = f"line {self.line}, " if self.line is not None else ""
        return f"{where}{self.pointer or '/'}: {self.detail} ({self.code})"


class PolicyError(Exception):
    """The document cannot be used. Read `problems`, mend each at its pointer, and save again."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
