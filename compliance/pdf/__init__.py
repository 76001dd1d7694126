"""Reports on paper: what is printed is collected in bounded memory, then set in pages."""

from compliance.pdf.pages import write
from compliance.pdf.printed import ROWS_MAX, Collector, Printed, collect

__all__ = ["ROWS_MAX", "Collector", "Printed", "collect", "write"]
