"""What an example may not carry into a dataset: addresses, cards, account numbers, credentials.

Types and shapes stay: a text becomes a text of the same form, a number a number, so that a tool's schema still holds.
The same value becomes the same placeholder within one example. There is no key, so the same example reads the same on
every machine, and no placeholder leads back. Pure.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from feedback import cards, iban
from feedback.suspicion import suspects

Found = Callable[[str], Iterator[tuple[int, int]]]
Masked = Callable[[str, int], str]

PROFILE = "countersign.redaction/1"

_EMAIL = re.compile(
    r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}(?:@|%40)(?!redacted\.invalid(?!\.?[\w-]))"
    r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
)
_TOKEN = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.{0,20000}?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
    r"|(?<![A-Za-z0-9])(?:"
    r"(?:sk|pk|rk)[_-](?:live[_-]|test[_-]|ant-|proj-)?[\w-]{16,}"
    r"|gh[opsur]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{10,}|xapp-[\w-]{10,}"
    r"|A(?:KI|SI)A[0-9A-Z]{16}|AIza[\w-]{30,}|npm_\w{20,}|pypi-[\w-]{20,}|hf_\w{20,}|SG\.[\w-]{16,}\.[\w-]{16,}"
    r"|cs[kp]_[0-9a-z]{20,}_[0-9a-z]{20,})"
    r"|(?<=[Bb]earer )[\w.~+/=-]{12,}",
    re.DOTALL,
)
_SECRET_NAME = re.compile(
    r"(?i)(?:^|[_.-])(?:password|passwd|passphrase|secret|api[_-]?key|(?:access|auth|refresh|id|session)[_-]?token"
    r"|authorization|private[_-]?key|cvv2?|cvc2?|pin)$|(?:password|secret|apikey|accesstoken)$"
)


def redacted(tree: Any) -> tuple[Any, dict[str, int]]:
    """The JSON tree without what it may not carry, and how many values of each kind were replaced.

    Doing it again changes nothing more.
    """
    (is_suspect,) = suspects([orjson.dumps(tree)])
    return searched(tree) if is_suspect else (tree, {})


def searched(tree: Any) -> tuple[Any, dict[str, int]]:
    """As `redacted`, of a tree that may hold something."""
    redactor = _Redactor()
    return redactor.tree(tree), dict(sorted(redactor.counts.items()))


class _Redactor:
    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self._known: dict[str, dict[str, int]] = {}

    def tree(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self._name(value, key): self._member(key, item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.tree(item) for item in value]
        return self._number(value) if _is_number(value) else value

    def text(self, text: str) -> str:
        text = _TOKEN.sub(lambda match: f"redacted-token-{self._n('token', match[0])}", text)
        text = _EMAIL.sub(lambda match: f"person-{self._n('email', match[0].casefold())}@redacted.invalid", text)
        text = self._masked(text, "iban", iban.found, iban.masked)
        return self._masked(text, "card", cards.found, cards.masked)

    def _name(self, owner: dict[str, Any], key: str) -> str:
        hidden = self.text(key)
        while hidden != key and hidden in owner:
            hidden += "-"
        return hidden

    def _member(self, key: str, value: Any) -> Any:
        return self._blank(value) if _SECRET_NAME.search(key) else self.tree(value)

    def _blank(self, value: Any) -> Any:
        """Whatever stands under a name that says it is secret."""
        if isinstance(value, str):
            # What is empty, or was replaced before, has nothing left to hide.
            known = not value or value.startswith("redacted-")
            return value if known else f"redacted-secret-{self._n('secret', value)}"
        if isinstance(value, dict):
            return {key: self._blank(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._blank(item) for item in value]
        if _is_number(value) and value:
            self._n("secret", repr(value))
            return type(value)(0)
        return value

    def _number(self, value: float) -> float:
        digits = str(int(value)) if 0 < value < 1e19 else ""
        if not cards.is_card(digits) or int(digits) != value:
            return value
        return type(value)(self._n("card", digits))

    def _masked(self, text: str, kind: str, found: Found, masked: Masked) -> str:
        parts, done = [], 0
        for start, end in found(text):
            number = text[start:end]
            parts += [text[done:start], masked(number, self._n(kind, _bare(number)))]
            done = end
        return "".join([*parts, text[done:]]) if parts else text

    def _n(self, kind: str, value: str) -> int:
        """The number of the value among those of its kind, from 1; every occurrence is counted."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        known = self._known.setdefault(kind, {})
        return known.setdefault(value, len(known) + 1)


def _bare(number: str) -> str:
    return "".join(character for character in number if character.isalnum()).upper()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
