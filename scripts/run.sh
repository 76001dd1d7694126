#!/bin/sh
# The demo server and the demo agent side by side; Ctrl-C stops both, and so does the end of the server.
set -u
export COUNTERSIGN_DEBUG=1
# The agent finds the server by what lies in its data directory.
option=
for word in "$@"; do
    [ "$option" != --data-dir ] || export COUNTERSIGN_DATA_DIR="$word"
    case $word in --data-dir=*) export COUNTERSIGN_DATA_DIR="${word#*=}" ;; esac
    option=$word
done
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
