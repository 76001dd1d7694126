"""New against old: whether a candidate may replace the baseline on one frozen dataset. Pure.

`spec.py` says what is asked, `runs.py` what was run, `checks.py` whether the two may be compared, `paired.py` has the
statistics of pairs, `rows.py` one answer each, `verdict.py` the whole.
"""
