"""The forms in which single events leave the house, a line each."""

from collections.abc import Callable

from compliance import cef, jsonl, ocsf
from compliance.entries import Entry

JSONL, OCSF, CEF = "jsonl", "ocsf", "cef"
LABELS = {JSONL: "JSON lines", OCSF: f"OCSF {ocsf.VERSION} (JSON lines)", CEF: "CEF"}
MEDIA = {JSONL: "application/jsonl", OCSF: "application/jsonl", CEF: "text/plain; charset=utf-8"}
SUFFIXES = {JSONL: "jsonl", OCSF: "ocsf.jsonl", CEF: "cef"}
_LINES: dict[str, Callable[[Entry], bytes]] = {JSONL: jsonl.line, OCSF: ocsf.line, CEF: cef.line}


def line(form: str, entry: Entry) -> bytes:
    """The event in the form, with LF at its end."""
    return _LINES[form](entry)
