"""Whether a rate, or what comes in, has moved. Pure.

`charts.py` looks at buckets one by one, `sums.py` gathers small steady rises, `psi.py` compares what came in then and
now, `watch.py` puts them together and tells a change of policy or version from drift.
"""
