"""How long a property is tried: the same few examples at each run of the merge lane, many new ones in the long lane."""

import os

from hypothesis import HealthCheck, settings

SOAK = int(os.environ.get("SOAK", "0"))
LONGER = 20

# Nothing here is about speed, and a busy machine is slow at drawing, too.
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("lane", settings.get_profile("calm"), derandomize=True)
settings.register_profile("soak", settings.get_profile("calm"), max_examples=100 * LONGER)


def examples(few: int) -> int:
    """For a property whose examples are slow: `few` in the merge lane, twenty times as many in the long one."""
    return few * LONGER if SOAK else few
