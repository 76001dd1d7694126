"""Which font draws which character. What none can draw is spelled out, never left as an empty box."""

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from django.conf import settings
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from approvals.marks import codepoint, spell

REGULAR, BOLD = "Countersign", "Countersign-Bold"
_FILES = {REGULAR: "DejaVuSansCondensed.ttf", BOLD: "DejaVuSansCondensed-Bold.ttf"}


@dataclass(frozen=True, slots=True)
class Face:
    name: str
    drawn: frozenset[int]


@cache
def faces() -> tuple[Face, ...]:
    """Our own first, then those of PDF_FONTS in their order; registered once in a process."""
    vendor = Path(settings.BASE_DIR) / "static" / "vendor"
    files = {name: vendor / file for name, file in _FILES.items()}
    files |= {f"More-{n}": Path(file) for n, file in enumerate(settings.PDF_FONTS)}
    found = []
    for name, file in files.items():
        font = TTFont(name, str(file))
        pdfmetrics.registerFont(font)
        found.append(Face(name, frozenset(font.face.charToGlyph)))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
    return tuple(face for face in found if face.name != BOLD)


def markup(text: str) -> str:
    """Untrusted text as a paragraph's markup, hidden and disguised characters spelled out as on the pages."""
    return "".join(_run(name, "".join(run)) for name, run in groupby(spell(text), key=_face_of))


def _face_of(character: str) -> str:
    code = ord(character)
    if code < 128:
        return REGULAR
    return next((face.name for face in faces() if code in face.drawn), "")


def _run(name: str, run: str) -> str:
    if not name:
        return "".join(f"«{codepoint(character)}»" for character in run)
    shown = escape(run).replace("\n", "<br/>")
    return shown if name == REGULAR else f'<font name="{name}">{shown}</font>'
