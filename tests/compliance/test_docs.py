"""docs/compliance.md says what the code does."""

from compliance.mapping import MAPPING
from compliance.offers import OFFERS
from compliance.reports import REPORTS
from tests.architecture.source import ROOT

TEXT = (ROOT / "docs" / "compliance.md").read_text()


def test_the_mapping_stands_there_line_by_line() -> None:
    lines = [f"| {one.framework} | {one.clause} | {one.asks} | {', '.join(one.reports)} |" for one in MAPPING]
    assert [line for line in lines if line not in TEXT] == []
    frameworks = {f"| {one.framework} | " for one in MAPPING}
    assert sum(any(line.startswith(head) for head in frameworks) for line in TEXT.splitlines()) == len(MAPPING)


def test_every_report_and_every_export_is_told() -> None:
    assert [name for name in REPORTS if f"| `{name}` | " not in TEXT] == []
    assert [what for what in OFFERS if f"`{what}`" not in TEXT] == []
