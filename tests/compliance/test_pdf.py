"""The report on paper: everything asked for is on it, and nothing on it is hidden."""

import re
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader
from pytest_django.fixtures import Settings

from accounts.models import User
from compliance import pdf
from compliance.pdf import fonts
from compliance.reports import REPORTS
from tests.cast import Stage
from tests.compliance.ordering import file_of, made

ODD = "Grüße an Łukasz Жданов, Ελένη; rtl \u202egpj, \u4e2d\u6587, a\u200bb & <b>bold</b>"


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Any) -> None:
    settings.EXPORTS_DIR = tmp_path / "exports"


def text_of(stage: Stage, what: str, **asked: str) -> list[str]:
    until = (stage.at + timedelta(hours=1)).isoformat()
    view = made(stage, what, "pdf", **{"until": until, **asked})
    pages = [page.extract_text() for page in PdfReader(file_of(view)).pages]
    assert view.rows == len(pages)
    return [re.sub(r"\s+", " ", page) for page in pages]


def test_all_reports_are_in_it_with_scope_mapping_and_page_numbers(stage: Stage) -> None:
    stage.review("ben", stage.submit())
    pages = text_of(stage, "all")
    whole = " ".join(pages)
    for report in REPORTS.values():
        assert whole.count(report.title) >= 1
    for words in ("Workspace Demo", "for Dana", "EU AI Act", "Art. 14", "SOC 2", "CC8", "A.6.2.8", "NIST AI RMF"):
        assert words in pages[0]
    assert [f"Page {n + 1}" in page for n, page in enumerate(pages)] == [True] * len(pages)
    assert len(pages) >= 1 + len(REPORTS)


def test_every_page_says_how_many_there_are(stage: Stage) -> None:
    view = made(stage, "decisions", "pdf")
    reader = PdfReader(file_of(view))
    totals = [page["/Resources"]["/XObject"] for page in reader.pages]  # type: ignore[index]
    assert len(totals) == view.rows
    raw = [next(iter(total.values())).get_object().get_data() for total in totals]
    assert len(set(raw)) == 1


def test_names_in_any_script_are_drawn_and_what_hides_is_spelled_out() -> None:
    shown = fonts.markup(ODD)
    assert "Grüße an Łukasz Жданов, Ελένη" in shown
    assert ("«U+202E»" in shown, "«U+200B»" in shown, "«U+4E2D»«U+6587»" in shown) == (True, True, True)
    assert ("<b>" in shown, "&lt;b&gt;bold&lt;/b&gt;" in shown, "&amp;" in shown) == (False, True, True)


def test_a_name_made_to_deceive_is_spelled_on_paper(stage: Stage) -> None:
    User.objects.filter(pk=stage.people["ben"]).update(name="Ben \u202eeriw Łukasz \u4e2d")
    stage.review("ben", stage.submit())
    whole = " ".join(text_of(stage, "decisions"))
    assert "Ben«U+202E»eriwŁukasz«U+4E2D»" in whole.replace(" ", "")


def test_another_font_draws_what_ours_cannot(settings: Settings) -> None:
    ours = str(settings.BASE_DIR / "static" / "vendor" / "DejaVuSansCondensed-Bold.ttf")
    settings.PDF_FONTS = [ours]
    fonts.faces.cache_clear()
    try:
        assert [face.name for face in fonts.faces()] == [fonts.REGULAR, "More-0"]
    finally:
        fonts.faces.cache_clear()


def test_the_same_log_gives_the_same_bytes(stage: Stage) -> None:
    stage.submit()
    asked = {"until": stage.at.isoformat()}
    first, second = (file_of(made(stage, "decisions", "pdf", **asked)).read_bytes() for _ in range(2))
    assert first == second


def test_many_rows_are_cut_and_it_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf.printed, "ROWS_MAX", 3)
    for _ in range(5):
        stage.submit(args={"customer_id": "c", "amount_usd": 5})
    whole = " ".join(text_of(stage, "decisions"))
    assert "5 rows; 3 of them are printed, the CSV of the same name has all. approved: 5." in whole


def test_a_period_without_anything_says_so(stage: Stage) -> None:
    long_ago = (stage.at - timedelta(days=400)).isoformat()
    whole = " ".join(text_of(stage, "overdue", until=long_ago))
    assert "Nothing of the kind happened in this period." in whole
