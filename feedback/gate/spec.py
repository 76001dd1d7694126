"""What a gate asks. It is written as YAML or JSON by the owners of a release and kept in versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MARGIN = 0.02
N_MIN = 30
TOLERANCE = 0.03
KNOWN = frozenset(
    {
        "name", "scorer", "margin", "slices", "must_not", "reliability", "newly_failing", "latency_p95_ms", "cost_mean",
        "one_sided", "n_min", "max_missing", "seed",
    }
)  # fmt: skip


class SpecFault(ValueError):
    """The text is no gate. The message says which field and what to write."""


@dataclass(frozen=True, slots=True)
class Slice:
    """`name` is one of the dataset's slices, such as "tool=billing.refund"."""

    name: str
    margin: float


@dataclass(frozen=True, slots=True)
class MustNot:
    """A scorer that passes where the forbidden did not happen; `tolerance` is the rate not to be exceeded."""

    scorer: str
    tolerance: float


@dataclass(frozen=True, slots=True)
class Spec:
    """Margins and shares are between 0 and 1. None leaves a row out. `max_missing` is the share of rows that a run may
    lack, which then count as failed; by default none.
    """

    name: str
    scorer: str = "correct"
    margin: float = MARGIN
    slices: tuple[Slice, ...] = ()
    must_not: tuple[MustNot, ...] = ()
    reliability: float | None = None
    newly_failing: float | None = None
    latency_p95_ms: float | None = None
    cost_mean: float | None = None
    one_sided: float = 0.95
    n_min: int = N_MIN
    max_missing: float = 0.0
    seed: int = 1

    @property
    def scorers(self) -> tuple[str, ...]:
        """Every scorer that a row reads, each once."""
        return tuple(dict.fromkeys([self.scorer, *(row.scorer for row in self.must_not)]))


def parse(document: Any) -> Spec:
    """SpecFault: an unknown field, or a value of the wrong kind or range."""
    if not isinstance(document, Mapping):
        raise SpecFault("A gate is a mapping with a name; write `name: release`.")
    if unknown := sorted(set(map(str, document)) - KNOWN):
        raise SpecFault(f"{unknown[0]}: a gate has no such field. It knows {', '.join(sorted(KNOWN))}.")
    return Spec(
        name=_text(document, "name", None),
        scorer=_text(document, "scorer", "correct"),
        margin=_share(document, "margin", MARGIN),
        slices=tuple(_slice(item, place) for place, item in enumerate(_list(document, "slices"))),
        must_not=tuple(_must_not(item, place) for place, item in enumerate(_list(document, "must_not"))),
        reliability=_share(document, "reliability", None) if "reliability" in document else None,
        newly_failing=_share(document, "newly_failing", None) if "newly_failing" in document else None,
        latency_p95_ms=_positive(document, "latency_p95_ms"),
        cost_mean=_positive(document, "cost_mean"),
        one_sided=_share(document, "one_sided", 0.95, least=0.8),
        n_min=_whole(document, "n_min", N_MIN),
        max_missing=_share(document, "max_missing", 0.0, least=0.0, most=0.01),
        seed=_whole(document, "seed", 1),
    )


def _slice(item: Any, place: int) -> Slice:
    if isinstance(item, str):
        return Slice(item, MARGIN)
    if not isinstance(item, Mapping) or set(item) - {"name", "margin"}:
        raise SpecFault(f"slices[{place}]: a slice has a name and a margin.")
    return Slice(_text(item, "name", None), _share(item, "margin", MARGIN))


def _must_not(item: Any, place: int) -> MustNot:
    if isinstance(item, str):
        return MustNot(item, TOLERANCE)
    if not isinstance(item, Mapping) or set(item) - {"scorer", "tolerance"}:
        raise SpecFault(f"must_not[{place}]: a must-not has a scorer and a tolerance.")
    return MustNot(_text(item, "scorer", None), _share(item, "tolerance", TOLERANCE))


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name, [])
    if not isinstance(value, list):
        raise SpecFault(f"{name}: give a list.")
    return value


def _text(document: Mapping[str, Any], name: str, default: str | None) -> str:
    value = document.get(name, default)
    if not isinstance(value, str) or not value.strip():
        raise SpecFault(f"{name}: give a name.")
    return value


def _share(
    document: Mapping[str, Any], name: str, default: float | None, *, least: float = 0.0005, most: float = 0.9999
) -> float:
    value = document.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise SpecFault(f"{name}: give a share between {least:g} and {most:g}, such as 0.02 for two points.")
    return float(value)


def _positive(document: Mapping[str, Any], name: str) -> float | None:
    value = document.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12):
        raise SpecFault(f"{name}: give a number above 0.")
    return None if value is None else float(value)


def _whole(document: Mapping[str, Any], name: str, default: int) -> int:
    value = document.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1_000_000:
        raise SpecFault(f"{name}: give a whole number from 1 to 1000000.")
    return value
