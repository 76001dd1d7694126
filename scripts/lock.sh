#!/bin/sh
# Compiles requirements/*.in for Python 3.11 to 3.13 on any platform, with hashes and without addresses.
set -eu
cd "$(dirname "$0")/../requirements"
compile() {
    # shellcheck disable=SC2086
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
        --custom-compile-command "make lock" ${UPGRADE:+--upgrade} ${overrides:-} "$1.in" -o "$1.txt" ${2:+-c "$2.txt"}
}
compile base
compile dev base
compile browser dev
compile bench dev
compile build
compile export base
# The environment of the loaders meets nobody else's, and none of them needs a GPU to read a file.
overrides="--overrides loaders.overrides"
compile loaders
