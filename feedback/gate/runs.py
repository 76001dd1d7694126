"""What was run: an agent version's answers to one frozen dataset, scored."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Example:
    """`group` is what it shares its fate with: rows of one group are never counted as independent."""

    group: str
    slices: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scorer:
    """`kind` is deterministic, judge or human. `calibrated` says of a judge that people were seen to agree with it."""

    kind: str
    version: str
    calibrated: bool = True


@dataclass(frozen=True, slots=True)
class Item:
    """One answer. `passed` is by scorer, True being good everywhere. An `error` failed all of them."""

    example: str
    repetition: int = 0
    passed: Mapping[str, bool] = field(default_factory=dict)
    latency_ms: float | None = None
    cost: float | None = None
    error: str = ""

    @property
    def place(self) -> tuple[str, int]:
        return self.example, self.repetition


@dataclass(frozen=True, slots=True)
class Run:
    """`dataset` is the manifest hash it ran on; `tool_schemas` the hash of each tool's schema then, as far as known."""

    dataset: str
    scorers: Mapping[str, Scorer]
    items: tuple[Item, ...]
    tool_schemas: Mapping[str, str] = field(default_factory=dict)

    @property
    def repetitions(self) -> int:
        return 1 + max((item.repetition for item in self.items), default=-1)

    def answers(self) -> dict[tuple[str, int], Item]:
        return {item.place: item for item in self.items}


@dataclass(frozen=True, slots=True)
class Frozen:
    """The dataset version: its manifest hash and its examples by id."""

    sha256: str
    examples: Mapping[str, Example]

    @property
    def slices(self) -> frozenset[str]:
        return frozenset().union(*(example.slices for example in self.examples.values()))
