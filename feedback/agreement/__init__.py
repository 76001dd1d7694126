"""How far reviewers agree about the same items, beyond chance and with intervals. Pure.

`table.py` counts, `statistics.py` has the coefficients, `bootstrap.py` draws again, `summary.py` says what may be said.
"""
