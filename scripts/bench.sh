#!/bin/sh
# Runs every measurement under bench/ with the Python that is named; goes on after a failure and ends with an error then.
failed=0
for script in bench/[a-z]*.py; do
    "$1" -m "bench.$(basename "$script" .py)" || { echo "$script failed" >&2; failed=1; }
done
exit $failed
