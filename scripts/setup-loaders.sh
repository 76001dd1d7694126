#!/bin/sh
# Makes the environment of the loaders: scripts/setup-loaders.sh VENV PYTHON [PROMPTFOO_VERSION]
# The lock names everything, so nothing is resolved: what loaders ask for beyond reading files stays away. Most of it is
# never imported, so nothing is compiled ahead either.
set -eu
venv=$1
if uv --version >/dev/null 2>&1; then
    [ -x "$venv/bin/python" ] || uv venv --quiet --python "$2" "$venv"
    uv pip install --quiet --no-deps --python "$venv/bin/python" --require-hashes -r requirements/loaders.txt
else
    [ -x "$venv/bin/python" ] || "$2" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes \
        -r requirements/loaders.txt
fi
if [ -n "${3:-}" ]; then
    mkdir -p "$venv/node"
    npm install --prefix "$venv/node" --no-audit --no-fund --no-save --ignore-scripts --loglevel=error "promptfoo@$3"
fi
