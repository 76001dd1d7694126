#!/bin/sh
# Makes the virtual environment from the locked requirements: scripts/setup.sh VENV GROUP (base, dev, browser or bench).
# Uses uv where it is present, else venv and pip. PYTHON chooses the interpreter (3.11 to 3.13).
set -eu
venv=$1
lock=requirements/$2.txt

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

interpreter() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if fits "$candidate"; then echo "$candidate"; return; fi
    done
}

found=$(interpreter)
# An environment whose interpreter is gone or does not fit is made again.
[ ! -f "$venv/pyvenv.cfg" ] || fits "$venv/bin/python" || rm -rf "$venv"
if uv --version >/dev/null 2>&1; then
    fits "$venv/bin/python" || uv venv --quiet --python "${found:->=3.11,<3.14}" "$venv"
    uv pip install --quiet --python "$venv/bin/python" --require-hashes -r "$lock" -r requirements/build.txt
    uv pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation -e sdk
else
    if [ -z "$found" ]; then
        echo "Python 3.11, 3.12 or 3.13 is needed. Install one, or name it: make setup PYTHON=/path/to/python3.12" >&2
        exit 1
    fi
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$found" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock" -r requirements/build.txt
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e sdk
fi
