"""What a letter is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letter:
    """`body` is plain text; `html` says the same, or is "". `headers` are beyond To and Subject."""

    to: str
    subject: str
    body: str
    html: str = ""
    headers: tuple[tuple[str, str], ...] = ()
