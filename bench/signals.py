"""How soon a risen override rate is found, and how often a quiet one alarms: one line of JSON.

python -m bench.signals --streams 200
"""

import argparse
import json
from datetime import date, timedelta

import numpy

from feedback.drift.watch import BASELINE_BUCKETS, Day, alarms

A_DAY = 40
USUAL, RISEN = 0.08, 0.16
WATCHED = 30
SOON = 7


def stream(seed: int, rates: list[float]) -> list[Day]:
    generator = numpy.random.Generator(numpy.random.PCG64(seed))
    return [
        Day(date(2026, 1, 1) + timedelta(days=n), int(generator.binomial(A_DAY, rate)), A_DAY)
        for n, rate in enumerate(rates)
    ]


def found_soon(seed: int) -> bool:
    quiet = BASELINE_BUCKETS + WATCHED
    change = date(2026, 1, 1) + timedelta(days=quiet)
    return any(alarm.day >= change for alarm in alarms(stream(seed, [USUAL] * quiet + [RISEN] * SOON)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=200)
    streams = parser.parse_args().streams
    print(
        json.dumps(
            {
                "decisions_a_day": A_DAY,
                "rise": [USUAL, RISEN],
                "found_within_7_days": sum(map(found_soon, range(streams))) / streams,
                "alarm_in_30_quiet_days": sum(
                    bool(alarms(stream(seed, [USUAL] * (BASELINE_BUCKETS + WATCHED)))) for seed in range(streams)
                )
                / streams,
            }
        )
    )


if __name__ == "__main__":
    main()
