#!/bin/sh
# The demo server and the demo agent side by side; Ctrl-C stops both, and so does the end of the server.
set -u
export COUNTERSIGN_DEBUG=1
"$BIN/python" manage.py up --demo "$@" &
server=$!
agent=
stop() {
    trap '' INT TERM
    [ -z "$agent" ] || kill "$agent" 2>/dev/null
    kill "$server" 2>/dev/null
    wait
}
trap 'stop; exit 0' INT TERM
"$BIN/python" manage.py demo-agent &
agent=$!
wait "$server"
code=$?
stop
exit $code
