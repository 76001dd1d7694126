"""JSON values for hypothesis."""

from typing import Any

from hypothesis import strategies as st

INTEGER_MAX = 2**53 - 1

integers = st.integers(-INTEGER_MAX, INTEGER_MAX)
floats = st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | integers | floats | st.text()


def nested(leaves: st.SearchStrategy[Any], *, names: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Any]:
    keys = st.text(max_size=8) if names is None else names
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=5), max_leaves=20
    )


# What RFC 8785 can write.
trees = nested(scalars)

# What the strict parser takes: RFC 8785 writes whole doubles below 1e21 as integers, and these end at 2^53 - 1.
strict_floats = floats.filter(lambda number: not INTEGER_MAX < abs(number) < 1e21)
strict_trees = nested(
    st.none() | st.booleans() | integers | strict_floats | st.text().filter(lambda s: "\0" not in s),
    names=st.text(max_size=8).filter(lambda s: "\0" not in s),
)
