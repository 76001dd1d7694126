"""How often we may call Slack: a token bucket for each workspace and method, and for each channel that is posted to.

Nobody sleeps for a token: `wait` says how many seconds are missing, and the delivery comes again then. Each in bulk is
given a place of its own in the line, so that ten thousand of them do not come back together; what somebody has just
pressed stands in no line and may take the last tokens, of which bulk leaves a reserve. With Redis all processes share
the buckets. Rates: docs.slack.dev, rate limits.
"""

import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings

KEPT = 10_000
BULK_RESERVE = 0.5
LONGEST_REST = 3600.0


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls a second in the long run, so many at once."""

    a_second: float
    at_once: int


POSTS = Rate(1.0, 4)
TIERS = {
    "chat.update": Rate(50 / 60, 25),
    "conversations.history": Rate(50 / 60, 25),
    "conversations.replies": Rate(50 / 60, 25),
    "conversations.info": Rate(50 / 60, 25),
}
OTHERS = Rate(100 / 60, 50)
# Of one workspace over all methods: no limit of Slack's, but what rests when nobody answers there.
TOGETHER = Rate(20.0, 200)

# KEYS: bucket, rest. ARGV: now, rate, size, reserve. Answers milliseconds to wait, 0 when a token was taken; `line` is
# the place that was given away last.
_TAKE = """
local rest = tonumber(redis.call('get', KEYS[2]) or '0')
local now, rate, size, reserve = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if rest > now then return math.ceil((rest - now) * 1000) end
local held = redis.call('hmget', KEYS[1], 'n', 'at', 'line')
local n, at = tonumber(held[1] or size), tonumber(held[2] or now)
n = math.min(size, n + math.max(0, now - at) * rate)
local missing = 1 + reserve - n
if missing > 0 then
  local place = now + missing / rate
  if reserve > 0 then
    place = math.max(place, tonumber(held[3] or '0') + 1 / rate)
    redis.call('hset', KEYS[1], 'line', tostring(place))
  end
  return math.ceil((place - now) * 1000)
end
redis.call('hset', KEYS[1], 'n', tostring(n - 1), 'at', tostring(now))
redis.call('expire', KEYS[1], math.ceil(size / rate) + 60)
return 0
"""


class Local:
    """The buckets of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, tuple[float, float]] = {}
        self._line: dict[str, float] = {}
        self._rests: dict[str, float] = {}

    def take(self, key: str, rate: Rate, reserve: float, now: float) -> float:
        with self._lock:
            rest = self._rests.get(key, 0.0)
            if rest > now:
                return rest - now
            n, at = self._held.get(key, (float(rate.at_once), now))
            n = min(float(rate.at_once), n + max(0.0, now - at) * rate.a_second)
            missing = 1 + reserve - n
            if missing > 0:
                return self._place(key, now + missing / rate.a_second, rate, in_line=reserve > 0) - now
            if len(self._held) >= KEPT:
                self._held.clear()
                self._line.clear()
            self._held[key] = (n - 1, now)
            return 0.0

    def _place(self, key: str, soonest: float, rate: Rate, *, in_line: bool) -> float:
        if not in_line:
            return soonest
        self._line[key] = max(soonest, self._line.get(key, 0.0) + 1 / rate.a_second)
        return self._line[key]

    def rest(self, key: str, until: float) -> None:
        with self._lock:
            if len(self._rests) >= KEPT:
                self._rests.clear()
            self._rests[key] = until


_local = Local()


def wait(key: str, rate: Rate, *, now: float, is_pressed: bool) -> float:
    """Seconds until a token is there; 0.0 where one was taken. `now` in seconds since 1970."""
    reserve = 0.0 if is_pressed else rate.at_once * BULK_RESERVE
    if settings.REDIS_URL:
        # Without Redis each process keeps to the limit by itself, and Slack's own answer has the last word.
        with suppress(redis.RedisError):
            asked = [_name(key), _name(key, "rest"), now, rate.a_second, rate.at_once, reserve]
            return int(_redis(settings.REDIS_URL).eval(_TAKE, 2, *asked)) / 1000
    return _local.take(key, rate, reserve, now)


def rest(key: str, *, seconds: float, now: float) -> None:
    """Slack asked to be left alone for so long."""
    seconds = min(max(seconds, 1.0), LONGEST_REST)
    _local.rest(key, now + seconds)
    if settings.REDIS_URL:
        with suppress(redis.RedisError):
            _redis(settings.REDIS_URL).set(_name(key, "rest"), now + seconds, ex=int(seconds) + 1)


def _name(key: str, what: str = "tokens") -> str:
    # The braces keep both keys of one bucket on one node of a cluster.
    return f"countersign:slack:{{{key}}}:{what}"


@lru_cache(maxsize=2)
def _redis(url: str) -> Any:
    return redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)
