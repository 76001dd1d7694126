"""Splits a clause into the tokens of CEL (cel-spec, langdef.md, "Syntax"), enough to see calls, literals and paths."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["string", "name", "number", "mark"]

_TOKEN = re.compile(
    r'''
    (?P<skip>\s+|//[^\n]*)
  | (?P<string>(?:[bB]?[rR]|[rR][bB])(?:"""(?:.|\n)*?"""|\'\'\'(?:.|\n)*?\'\'\'|"[^"\n]*"|'[^'\n]*')
      | [bB]?(?:"""(?:\\(?:.|\n)|[^\\])*?"""|\'\'\'(?:\\(?:.|\n)|[^\\])*?\'\'\'
      | "(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*|`[^`\n]*`)
  | (?P<number>0[xX][0-9a-fA-F]+[uU]?|(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?[uU]?)
  | (?P<mark>.)
    ''',
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """The tokens of a clause that the engine has accepted; comments and white space are left out."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind: Kind | None = None
        if match.lastgroup == "string":
            kind = "string"
        elif match.lastgroup == "name":
            kind = "name"
        elif match.lastgroup == "number":
            kind = "number"
        elif match.lastgroup == "mark":
            kind = "mark"
        if kind is not None:
            found.append(Token(kind, match[0], match.start(), match.end()))
    return found
