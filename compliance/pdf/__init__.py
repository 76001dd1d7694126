"""Reports on paper: what is printed is collected in bounded memory, then set in pages."""

from compliance.pdf.pages import write
from compliance.pdf.printed import ROWS_MAX, Printed, collect

__all__ = ["ROWS_MAX", "Printed", "collect", "write"]
