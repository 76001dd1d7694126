"""Whose signatures make a checkpoint good: the policy file of c2sp.org/tlog-policy, written, read and applied.

Lines: `log <vkey> [<url>]`, `witness <name> <vkey> [<url>]`, `group <name> <k|any|all> <name>…`, `quorum <name|none>`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from audit.note import COSIGNATURE, ED25519, BadNote, Checkpoint, Key, Note

NONE = "none"
LINES_MAX = 500

_FOREIGN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SPACE = re.compile(r"[ \t]+")
_COUNT = re.compile(r"[1-9][0-9]{0,2}")


class BadPolicy(ValueError):
    """Not a policy file. The message names the line."""


@dataclass(frozen=True, slots=True)
class Witness:
    key: Key
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """At least `needed` of the members, which are witnesses or groups, have to witness."""

    needed: int
    members: tuple[str, ...]


@dataclass(slots=True)
class Policy:
    logs: dict[Key, str] = field(default_factory=dict)
    witnesses: dict[str, Witness] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str = NONE

    @property
    def keys(self) -> list[Key]:
        return [*self.logs, *(witness.key for witness in self.witnesses.values())]

    @property
    def text(self) -> str:
        """The policy file, which `parse` reads back."""
        lines = [f"log {key.vkey} {url}".rstrip() for key, url in self.logs.items()]
        lines += [f"witness {name} {each.key.vkey} {each.url}".rstrip() for name, each in self.witnesses.items()]
        lines += [f"group {name} {each.needed} {' '.join(each.members)}" for name, each in self.groups.items()]
        return "".join(f"{line}\n" for line in (*lines, f"quorum {self.quorum}"))

    def accepts(self, note: Note) -> tuple[Checkpoint, bool]:
        """The checkpoint in the note, signed by a log of the policy, and whether its quorum of witnesses cosigned it.

        BadNote: no listed log signed it, or the signature of a listed key is wrong.
        """
        by = note.by(self.keys)
        head = Checkpoint.parse(note.text)
        if not any(key.name == head.origin for key in by if key in self.logs):
            raise BadNote(f"No listed key of the log {head.origin} signed the checkpoint.")
        names = {name for name, witness in self.witnesses.items() if witness.key in by}
        return head, self.is_met(names)

    def is_met(self, witnessed: Iterable[str]) -> bool:
        """Whether these witnesses, by name, make the quorum."""
        met = set(witnessed)
        # A group names only what stands before it, so one pass settles them all.
        for name, group in self.groups.items():
            if len(met.intersection(group.members)) >= group.needed:
                met.add(name)
        return self.quorum == NONE or self.quorum in met

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """Raises BadPolicy."""
        if _FOREIGN.search(text):
            raise BadPolicy("A policy file holds no control characters but tab and newline.")
        lines = text.split("\n")
        if len(lines) > LINES_MAX:
            raise BadPolicy(f"A policy file has at most {LINES_MAX} lines.")
        policy, quorums = cls(), 0
        for number, line in enumerate(lines, start=1):
            words = [word for word in _SPACE.split(line) if word]
            if not words or words[0].startswith("#"):
                continue
            try:
                policy._read(words)
            except (BadPolicy, BadNote) as error:
                raise BadPolicy(f"Line {number}: {error}") from error
            quorums += words[0] == "quorum"
        if quorums != 1:
            raise BadPolicy("A policy file has exactly one quorum line.")
        return policy

    def _read(self, words: list[str]) -> None:
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                key = _key(vkey, ED25519, "log")
                if any(key.public == other.public for other in self.logs):
                    raise BadPolicy("This log key is listed twice.")
                self.logs[key] = "".join(url)
            case ["witness", name, vkey, *url] if len(url) <= 1:
                key = _key(vkey, COSIGNATURE, "witness")
                if any(key.public == other.key.public for other in self.witnesses.values()):
                    raise BadPolicy("This witness key is listed twice.")
                self.witnesses[self._new(name)] = Witness(key, "".join(url))
            case ["group", name, needed, *members] if members:
                self.groups[self._new(name)] = self._group(needed, members)
            case ["quorum", name]:
                if name != NONE:
                    self._known(name)
                self.quorum = name
            case _:
                raise BadPolicy("A line reads log, witness, group or quorum with its words.")

    def _group(self, needed: str, members: list[str]) -> Group:
        taken = {member for group in self.groups.values() for member in group.members}
        for member in members:
            self._known(member)
            if member in taken or members.count(member) > 1:
                raise BadPolicy(f"{member} is a member twice.")
        counts = {"any": 1, "all": len(members)}
        count = counts.get(needed) or (int(needed) if _COUNT.fullmatch(needed) else 0)
        if not 1 <= count <= len(members):
            raise BadPolicy(f"A group needs any, all or 1 to {len(members)} of its members, not {needed}.")
        return Group(count, tuple(members))

    def _known(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise BadPolicy(f"No line above defines {name}.")

    def _new(self, name: str) -> str:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise BadPolicy(f"The name {name} is taken.")
        return name


def _key(vkey: str, type: int, what: str) -> Key:
    key = Key.parse(vkey)
    if key.type != type:
        raise BadPolicy(f"This is no key of a {what}.")
    return key
