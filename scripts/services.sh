# Sourced. A PostgreSQL cluster and a Redis of one's own, on free ports, gone afterwards; nothing that happens to run is used.
#   services_start   starts both in a temporary directory; exports DATABASE_URL and REDIS_URL
#   services_stop    stops both, waits until they are gone and removes what they wrote

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# PostgreSQL's own programs, which Debian keeps off the PATH.
postgres_program() {
    command -v "$1" 2>/dev/null || ls -d /usr/lib/postgresql/*/bin/"$1" 2>/dev/null | sort -V | tail -n 1
}

# PostgreSQL refuses to run as root.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then (cd / && setpriv --reuid=postgres --regid=postgres --init-groups "$@"); else "$@"; fi
}

services_start() {
    services_dir=$(mktemp -d)
    chmod 711 "$services_dir"
    mkdir "$services_dir/postgres" "$services_dir/redis"
    [ "$(id -u)" != 0 ] || chown postgres "$services_dir/postgres"
    postgres_port=$(free_port)
    as_postgres "$(postgres_program initdb)" -D "$services_dir/postgres/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 \
        >"$services_dir/initdb.log" || { cat "$services_dir/initdb.log" >&2; return 1; }
    # Nobody needs these rows after a power cut, so nothing waits for the disk.
    as_postgres "$(postgres_program pg_ctl)" -D "$services_dir/postgres/data" -l "$services_dir/postgres/log" -w -t 60 \
        -o "-p $postgres_port -c listen_addresses=127.0.0.1 -k $services_dir/postgres -c max_connections=300 \
            -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0" \
        start >/dev/null || { cat "$services_dir/postgres/log" >&2; return 1; }
    "$(postgres_program psql)" -q -h 127.0.0.1 -p "$postgres_port" -U postgres -c "CREATE DATABASE countersign" || return 1

    redis_port=$(free_port)
    redis-server --bind 127.0.0.1 --port "$redis_port" --save "" --appendonly no --dir "$services_dir/redis" \
        >"$services_dir/redis/log" 2>&1 &
    redis_pid=$!
    for _ in $(seq 100); do
        [ "$(redis-cli -h 127.0.0.1 -p "$redis_port" ping 2>/dev/null)" = PONG ] && break
        kill -0 "$redis_pid" 2>/dev/null || { cat "$services_dir/redis/log" >&2; return 1; }
        sleep 0.1
    done

    export DATABASE_URL="postgresql://postgres@127.0.0.1:$postgres_port/countersign"
    export REDIS_URL="redis://127.0.0.1:$redis_port/0"
}

services_stop() {
    if [ -n "${redis_pid:-}" ]; then
        kill "$redis_pid" 2>/dev/null || true
        wait "$redis_pid" 2>/dev/null || true
        redis_pid=
    fi
    if [ -n "${services_dir:-}" ]; then
        if [ -s "$services_dir/postgres/data/postmaster.pid" ]; then
            as_postgres "$(postgres_program pg_ctl)" -D "$services_dir/postgres/data" -m fast -w -t 30 stop >/dev/null || true
        fi
        rm -rf "$services_dir"
        services_dir=
    fi
    unset DATABASE_URL REDIS_URL
}
