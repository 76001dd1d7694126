"""The pages themselves: title, scope, mapping, one table for each report, and on every page where one is."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, BinaryIO

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import LongTable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from approvals.marks import spell
from compliance.filters import Filter
from compliance.mapping import answered_by
from compliance.pdf.fonts import BOLD, REGULAR, faces, markup
from compliance.pdf.printed import Printed
from compliance.reports import REPORTS

SIZE = landscape(A4)
MARGIN = 14 * mm
WIDTH = SIZE[0] - 2 * MARGIN
INK, SOFT, LINE, SHADE = (colors.HexColor(code) for code in ("#1d232e", "#5b6472", "#c9cfd8", "#f1f3f6"))
FOOTER_SIZE = 7.5
TOTAL = "total"

TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=20, leading=25, textColor=INK, spaceAfter=4)
HEADING = ParagraphStyle("heading", fontName=BOLD, fontSize=14, leading=18, textColor=INK, spaceAfter=3)
PROSE = ParagraphStyle("prose", fontName=REGULAR, fontSize=9, leading=12.5, textColor=INK, spaceAfter=5)
QUIET = ParagraphStyle("quiet", parent=PROSE, textColor=SOFT)
CELL = ParagraphStyle("cell", fontName=REGULAR, fontSize=7, leading=9, textColor=INK)
HEAD = ParagraphStyle("head", parent=CELL, fontName=BOLD, textColor=SOFT)
PLAIN = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
    ("LEFTPADDING", (0, 0), (-1, -1), 3),
    ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ("TOPPADDING", (0, 0), (-1, -1), 2.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
]
HEADED = [*PLAIN, ("BACKGROUND", (0, 0), (-1, 0), SHADE)]


def write(
    out: BinaryIO, workspace: str, made_for: str, wanted: Filter, at: datetime, printed: Sequence[Printed]
) -> int:
    """Writes the document and says how many pages it has. The same values give the same bytes."""
    faces()
    title = printed[0].report.title if len(printed) == 1 else "Compliance report"
    document = SimpleDocTemplate(
        out,
        pagesize=SIZE,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN + 6 * mm,
        title=f"{title}: {workspace}",
        author="Countersign",
        subject=wanted.told,
        lang="en",
        invariant=1,
    )
    footer = f"Countersign · {title} · {_moment(at)}"
    story = list(_story(title, workspace, made_for, wanted, at, printed))
    document.build(story, onFirstPage=_footed(footer), onLaterPages=_footed(footer), canvasmaker=_canvas)
    pages: int = document.page
    return pages


def _story(
    title: str, workspace: str, made_for: str, wanted: Filter, at: datetime, printed: Sequence[Printed]
) -> Iterator[Any]:
    yield Paragraph(markup(title), TITLE)
    yield Paragraph(f"Workspace {markup(workspace)}", HEADING)
    scope = [
        ("Scope", wanted.told),
        ("Made", f"{_moment(at)}, for {made_for}"),
        ("Times", "UTC throughout; a period includes its first moment and excludes its last."),
        (
            "Text",
            "What agents and people wrote is shown as it is; hidden and disguised characters are spelled out.",
        ),
    ]
    yield _table(("", ""), [[name, told] for name, told in scope], [22 * mm, WIDTH - 22 * mm], with_head=False)
    yield Spacer(1, 6 * mm)
    yield Paragraph("What this is evidence for", HEADING)
    yield Paragraph("A report is evidence for a requirement, never proof that the whole of it is met.", QUIET)
    names = {one.report.name for one in printed}
    rows = [
        [one.framework, one.clause, one.asks, ", ".join(_title(name) for name in one.reports)]
        for one in answered_by(names)
    ]
    yield _table(
        ("Framework", "Clause", "What it asks for", "Answered by"), rows, [28 * mm, 26 * mm, 115 * mm, WIDTH - 169 * mm]
    )
    for one in printed:
        yield PageBreak()
        yield from _report(one)


def _report(one: Printed) -> Iterator[Any]:
    yield Paragraph(markup(one.report.title), HEADING)
    yield Paragraph(markup(one.report.about), PROSE)
    told = f"{one.total:,} rows" if one.total != 1 else "1 row"
    if one.total > len(one.rows):
        told += f"; {len(one.rows):,} of them are printed, the CSV of the same name has all"
    if one.findings:
        told += ". " + ", ".join(f"{name or 'nothing'}: {count:,}" for name, count in one.findings)
    yield Paragraph(markup(told + "."), QUIET)
    if one.rows:
        yield _table([name.replace("_", " ") for name in one.columns], one.rows, _widths(one))
    else:
        yield Paragraph("Nothing of the kind happened in this period.", PROSE)


def _table(
    head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], *, with_head: bool = True
) -> Any:
    heads = [[Paragraph(markup(name.capitalize()), HEAD) for name in head]] if with_head else []
    cells = [[Paragraph(markup(cell), CELL) for cell in row] for row in rows]
    return LongTable(
        [*heads, *cells],
        colWidths=list(widths),
        repeatRows=len(heads),
        style=TableStyle(HEADED if with_head else PLAIN),
        hAlign="LEFT",
    )


def _widths(one: Printed) -> list[float]:
    """By the longest words and the amount of text, so that ids and times stay on one line as far as there is room."""
    weights = []
    for n, name in enumerate(one.columns):
        sample = [row[n] for row in one.rows[:200]] + [name]
        longest = max(len(word) for text in sample for word in spell(text).split() or [""])
        mean = sum(map(len, sample)) / len(sample)
        weights.append(max(7.0, min(max(longest, mean / 2), 34.0)) * (1.6 if name in one.report.wide else 1.0))
    room = WIDTH / sum(weights)
    return [weight * room for weight in weights]


def _title(name: str) -> str:
    return REPORTS[name].title if name in REPORTS else "Evidence bundle"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%d %b %Y, %H:%M:%S} UTC"


def _canvas(*args: Any, **options: Any) -> Any:
    """A canvas that draws the number of pages once it is known: every page refers to it before."""
    canvas = Canvas(*args, **options)
    save = canvas.save

    def save_with_total() -> None:
        canvas.beginForm(TOTAL, 0, 0, 20 * mm, 5 * mm)
        canvas.setFont(REGULAR, FOOTER_SIZE)
        canvas.setFillColor(SOFT)
        canvas.drawString(0, 1 * mm, f" of {canvas.getPageNumber() - 1}")
        canvas.endForm()
        save()

    canvas.save = save_with_total
    return canvas


def _footed(footer: str) -> Callable[[Any, Any], None]:
    def draw(canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setFont(REGULAR, FOOTER_SIZE)
        canvas.setFillColor(SOFT)
        canvas.drawString(MARGIN, MARGIN - 2 * mm, footer)
        canvas.drawRightString(SIZE[0] - MARGIN - 8 * mm, MARGIN - 2 * mm, f"Page {document.page}")
        canvas.translate(SIZE[0] - MARGIN - 8 * mm, MARGIN - 3 * mm)
        canvas.doForm(TOTAL)
        canvas.restoreState()

    return draw
