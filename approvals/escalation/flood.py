"""When an agent floods: after a few tellings of one person the rest of the window is one."""

from datetime import UTC, datetime, timedelta

WINDOW = timedelta(minutes=10)
SINGLE = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def since(at: datetime) -> datetime:
    """The beginning of the window by the clock."""
    return at - (at - _EPOCH) % WINDOW


def place(count: int) -> str:
    """What the `count`-th telling of a window is: `single`, `many` (it stands for all after it) or `collapsed`."""
    return "single" if count <= SINGLE else "many" if count == SINGLE + 1 else "collapsed"
