#!/bin/sh
# Writes a dataset in every format and has each real loader read it: scripts/loaders.sh VENV LOADERS_VENV
# promptfoo reads where scripts/setup-loaders.sh was given a version of it.
set -eu
venv=$(cd "$1" && pwd)
loaders=$(cd "$2" && pwd)
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT INT TERM

# pyarrow alone comes out of the loaders' environment: the product writes Parquet with it where it is there.
arrow=$loaders/arrow
mkdir -p "$arrow"
ln -sfn "$("$loaders/bin/python" -c 'import pyarrow, os; print(os.path.dirname(pyarrow.__file__))')" "$arrow/pyarrow"
PYTHONPATH=$arrow LOADER_FILES=$files "$venv/bin/python" -m pytest -q -n 0 -p no:cacheprovider \
    tests/feedback/test_loader_files.py tests/feedback/test_dataset_export.py tests/feedback/test_restored_dump.py

export PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 LOADER_FILES="$files"
# Nothing of it may call anybody.
export HF_HUB_OFFLINE=1 HF_DATASETS_OFFLINE=1 DEEPEVAL_TELEMETRY_OPT_OUT=YES RAGAS_DO_NOT_TRACK=true \
    LANGFUSE_TRACING_ENABLED=false WEAVE_DISABLED=true DO_NOT_TRACK=1 MLFLOW_DISABLE_TELEMETRY=true
reads() { "$loaders/bin/python" -m pytest -q -W ignore -c tests/loaders/pytest.ini --rootdir tests/loaders "$@"; }
reads tests/loaders/load_training.py tests/loaders/load_evaluation.py tests/loaders/load_judges.py \
    tests/loaders/load_platforms.py
if [ -x "$loaders/node/node_modules/.bin/promptfoo" ]; then
    PROMPTFOO="$loaders/node/node_modules/.bin/promptfoo" reads tests/loaders/load_promptfoo.py
else
    echo "promptfoo is not here: make loaders installs it and has it read too."
fi
