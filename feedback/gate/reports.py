"""What a gate said, for the tools of a release: JUnit XML for every CI, Markdown for a pull request."""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

SHOWN = 10
WORDS = {"pass": "Pass", "fail": "Fail", "inconclusive": "Inconclusive", "invalid": "Invalid"}


def junit(name: str, verdict: str, rows: Sequence[Mapping[str, Any]], problems: Sequence[str]) -> str:
    """One test case a row. Fail is a failure, inconclusive is skipped with its reason, invalid is an error."""
    count = {word: sum(row["verdict"] == word for row in rows) for word in WORDS}
    suite = ElementTree.Element(
        "testsuite",
        name=f"gate {_clean(name)}",
        tests=str(len(rows) + bool(problems)),
        failures=str(count["fail"]),
        errors=str(int(bool(problems))),
        skipped=str(count["inconclusive"]),
    )
    ElementTree.SubElement(ElementTree.SubElement(suite, "properties"), "property", name="verdict", value=verdict)
    for row in rows:
        case = ElementTree.SubElement(suite, "testcase", classname=f"gate.{row['kind']}", name=_clean(row["name"]))
        if row["verdict"] == "fail":
            ElementTree.SubElement(case, "failure", message=_clean(row["reason"])).text = _clean(_figures(row))
        elif row["verdict"] == "inconclusive":
            ElementTree.SubElement(case, "skipped", message=_clean(row["reason"]))
    if problems:
        case = ElementTree.SubElement(suite, "testcase", classname="gate.checks", name="may be compared")
        ElementTree.SubElement(case, "error", message=_clean(problems[0])).text = _clean("\n".join(problems))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def markdown(
    name: str, verdict: str, rows: Sequence[Mapping[str, Any]], problems: Sequence[str], address: str = ""
) -> str:
    """A heading with the verdict, a table of rows, and what was lost first."""
    lines = [f"## {WORDS[verdict]}: gate {_cell(name)}", ""]
    lines += [f"- {_cell(problem)}" for problem in problems]
    if rows:
        lines += [
            "| row | verdict | n | old | new | new - old | limit | why |",
            "| --- | --- | --: | --: | --: | --- | --: | --- |",
        ]
        lines += [_line(row) for row in rows]
    lost = [place for row in rows if row["kind"] in {"quality", "must_not"} for place in row["lost"]]
    if lost:
        shown = ", ".join(f"`{_cell(example)}`" for example, _ in lost[:SHOWN])
        more = f" and {len(lost) - SHOWN} more" if len(lost) > SHOWN else ""
        lines += ["", f"Newly failing: {shown}{more}."]
    if address:
        lines += ["", f"[All pairs that changed]({address})"]
    return "\n".join(lines) + "\n"


def _line(row: Mapping[str, Any]) -> str:
    between = "" if row["low"] is None else f"{_told(row, row['low'])} to {_told(row, row['high'])}"
    cells = (
        row["name"], WORDS[row["verdict"]], str(row["n"]), _told(row, row["old"]), _told(row, row["new"]), between,
        _told(row, row["limit"]), row["reason"],
    )  # fmt: skip
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _figures(row: Mapping[str, Any]) -> str:
    return f"n={row['n']} old={row['old']} new={row['new']} low={row['low']} high={row['high']} p={row['p']}"


def _told(row: Mapping[str, Any], value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.4g}" if row["kind"] == "budget" else f"{100 * value:.1f} %"


def _cell(text: str) -> str:
    """Agents and datasets choose these words: nothing in them may become markup of a table, a link or a heading."""
    flat = " ".join(text.split())
    return "".join("\\" + character if character in "\\`*_[]<>|#!" else character for character in flat)


def _clean(text: str) -> str:
    """XML 1.0 has no control characters."""
    return "".join(character if character >= " " or character in "\t\n" else "\ufffd" for character in text)
