"""Takes a document apart key by key: every key once, every fault with its pointer, nothing left over in silence."""

import difflib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from approvals.policy.durations import parse_duration
from approvals.policy.errors import Problem
from approvals.policy.globs import PATTERN
from approvals.policy.paths import Path, escaped, parse_path
from approvals.policy.source import Source

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+:/-]{0,199}", re.ASCII)
Word = TypeVar("Word", bound=str)


class Reading:
    """The document under way: where its values stand and what was wrong so far."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []

    def fault(self, pointer: str, code: str, detail: str) -> None:
        self.problems.append(Problem(pointer, code, detail, self.source.lines.get(pointer)))


class Section:
    """One mapping. Each verb takes a key and gives its value, or `default` after noting the fault."""

    def __init__(self, reading: Reading, pointer: str, value: object) -> None:
        self.reading, self.pointer = reading, pointer
        self._asked: list[str] = []
        if not isinstance(value, dict):
            reading.fault(pointer, "not_a_mapping", "write keys and values here")
            value = {}
        self._values: dict[str, object] = value

    def has(self, key: str) -> bool:
        """Whether the key stands there. Asking counts as taking."""
        self._asked.append(key)
        return key in self._values

    def words(self) -> tuple[str, ...]:
        """The keys that stand there."""
        return tuple(self._values)

    def at(self, key: str) -> str:
        return f"{self.pointer}/{escaped(key)}"

    def fault(self, key: str, code: str, detail: str) -> None:
        self.reading.fault(self.at(key), code, detail)

    def raw(self, key: str) -> object:
        self._asked.append(key)
        return self._values.get(key)

    def close(self) -> None:
        """Notes every key that nobody asked for, with the nearest one that exists."""
        for key in self._values:
            if key not in self._asked:
                near = difflib.get_close_matches(key, self._asked, n=1)
                hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(self._asked)}"
                self.fault(key, "unknown_key", f"{key} is not a key here; {hint}")

    def text(self, key: str, *, most: int = 2000) -> str | None:
        value = self.raw(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip() or len(value) > most:
            self.fault(key, "not_a_text", f"write a text of 1 to {most} characters, quoted if it looks like a number")
            return None
        return value

    def name(self, key: str) -> str:
        """A required name or handle; empty after a fault."""
        value = self.raw(key)
        if isinstance(value, str) and NAME.fullmatch(value):
            return value
        code = "missing" if value is None else "bad_name"
        self.fault(key, code, f"{key} is needed: a name of letters, digits and _.@+:/-")
        return ""

    def word(self, key: str, words: Sequence[Word], default: Word) -> Word:
        value = self.raw(key)
        for word in words:
            if value == word:
                return word
        if value is not None:
            near = difflib.get_close_matches(str(value), words, n=1)
            hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(words)}"
            self.fault(key, "unknown_word", f"{value} is not a word for {key}; {hint}")
        return default

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.raw(key)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.fault(key, "not_a_flag", "write true or false")
        return default

    def whole(self, key: str, default: int, *, least: int = 1, most: int = 1_000_000) -> int:
        value = self.raw(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.fault(key, "not_a_count", f"write a whole number from {least} to {most}")
            return default
        return value

    def money(self, key: str) -> Decimal | None:
        """The exact decimal as written, never a float."""
        value = self.raw(key)
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            try:
                number = Decimal(self.reading.source.texts[self.at(key)])
            except InvalidOperation:
                number = Decimal(-1)
            if number.is_finite() and 0 <= number < Decimal("1e15"):
                return number
        if value is not None:
            self.fault(key, "not_an_amount", "write a plain number of zero or more, such as 500 or 2.00")
        return None

    def span(self, key: str) -> timedelta | None:
        value = self.raw(key)
        if value is None:
            return None
        try:
            return parse_duration(value if isinstance(value, str) else "")
        except ValueError as error:
            self.fault(key, "not_a_duration", str(error))
            return None

    def moment(self, key: str) -> datetime | None:
        value = self.raw(key)
        if value is None:
            return None
        try:
            found = datetime.fromisoformat(value if isinstance(value, str) else "")
            if found.tzinfo is not None:
                return found.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        self.fault(key, "not_a_time", "write a time with its zone, such as 2026-12-24T00:00:00Z")
        return None

    def path(self, key: str, roots: tuple[str, ...]) -> Path | None:
        value = self.raw(key)
        return None if value is None else self._path(self.at(key), value, roots)

    def paths(self, key: str, roots: tuple[str, ...]) -> tuple[Path, ...]:
        found = [self._path(pointer, value, roots) for pointer, value in self._items(key)]
        return tuple(path for path in found if path is not None)

    def _path(self, pointer: str, value: object, roots: tuple[str, ...]) -> Path | None:
        try:
            return parse_path(value if isinstance(value, str) else "", roots)
        except ValueError as error:
            self.reading.fault(pointer, "not_a_path", str(error))
            return None

    def texts(self, key: str, *, shape: re.Pattern[str] | None = None, most: int = 2000) -> tuple[str, ...]:
        """A list of texts. Faults are left out of the answer."""
        found = []
        for pointer, value in self._items(key):
            if not isinstance(value, str) or not value.strip() or len(value) > most:
                self.reading.fault(pointer, "not_a_text", f"write a text of 1 to {most} characters here")
            elif shape and not shape.fullmatch(value):
                self.reading.fault(pointer, "bad_name", f"{value!r} has a character or form that is not allowed here")
            else:
                found.append(value)
        return tuple(found)

    def patterns(self, key: str) -> tuple[str, ...]:
        return self.texts(key, shape=PATTERN)

    def section(self, key: str) -> "Section":
        """The mapping under the key; an empty one where the key is absent."""
        value = self.raw(key)
        return Section(self.reading, self.at(key), {} if value is None else value)

    def sections(self, key: str) -> Iterator["Section"]:
        for pointer, value in self._items(key):
            yield Section(self.reading, pointer, value)

    def free(self, key: str) -> dict[str, object]:
        """A mapping whose keys are not ours to judge."""
        value = self.raw(key)
        if isinstance(value, dict):
            return value
        if value is not None:
            self.fault(key, "not_a_mapping", "write keys and values here")
        return {}

    def named(self, key: str, shape: re.Pattern[str] = NAME) -> Iterator[tuple[str, "Section"]]:
        """Each entry of a mapping from names to mappings; an entry left blank counts as {}."""
        for name, value in self.free(key).items():
            pointer = f"{self.at(key)}/{escaped(name)}"
            if not shape.fullmatch(name):
                self.reading.fault(pointer, "bad_name", "use letters, digits and _.@+:/- in a name")
                continue
            yield name, Section(self.reading, pointer, {} if value is None else value)

    def _items(self, key: str) -> Iterator[tuple[str, object]]:
        value = self.raw(key)
        if value is None:
            return
        if not isinstance(value, list):
            self.fault(key, "not_a_list", "write a list here, such as [one, two]")
            return
        for index, item in enumerate(value):
            yield f"{self.at(key)}/{index}", item
