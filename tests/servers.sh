# Starts and stops the servers that tests talk to; sourced by test scripts.
#
#   start_sextant DIR    needs $binary; sets $port, $server_pid; writes DIR/restart (kill -9 and start)
#   start_postgres DIR   a private PostgreSQL 15, trust, C collation
#   kill_server          whichever was started

# Not a port that the system may give to somebody's outgoing connection before it is used (from 32768 on).
free_port() {
  python3 -c '
import random, socket
while True:
    port = random.randrange(10000, 32768)
    try:
        socket.socket().bind(("127.0.0.1", port))
        break
    except OSError:
        pass
print(port)'
}

# Waits for the one line that says the server is ready (no polling of the port).
wait_ready() {
  local log=$1 pid=$2
  grep -q -m1 'ready to accept connections' < <(timeout 60 tail -n +1 -F --pid="$pid" "$log" 2>/dev/null)
}

start_sextant() {
  local dir=$1
  port=$(free_port)
  cat > "$dir/start" <<S
#!/usr/bin/env bash
: > "$dir/log"   # here: who waits for the new server must not read the last one's line
"$binary" start --data "$dir/data" --listen ${SEXTANT_HOST:-127.0.0.1}:$port ${SEXTANT_OPTIONS:-} > "$dir/log" 2>&1 &
echo \$! > "$dir/pid"
S
  cat > "$dir/restart" <<S
#!/usr/bin/env bash
. "${BASH_SOURCE[0]}"
kill -9 \$(cat "$dir/pid"); while kill -0 \$(cat "$dir/pid") 2>/dev/null; do :; done
"$dir/start"
wait_ready "$dir/log" \$(cat "$dir/pid")
S
  chmod +x "$dir/start" "$dir/restart"
  "$dir/start"
  server_pid=$(cat "$dir/pid")
  server_dir=$dir
  wait_ready "$dir/log" "$server_pid" || { cat "$dir/log"; return 1; }
}

start_postgres() {
  local dir=$1 bin=/usr/lib/postgresql/15/bin as=()
  port=$(free_port)
  mkdir -p "$dir/pg"
  # PostgreSQL does not run as root.
  if [ "$(id -u)" -eq 0 ]; then chmod 755 "$dir"; chown postgres "$dir/pg"; as=(setpriv --reuid=postgres --regid=postgres --clear-groups); fi
  (cd /; "${as[@]}" "$bin/initdb" -D "$dir/pg/data" -A trust -E UTF8 --locale=C -U postgres >/dev/null)
  (cd /; "${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -l "$dir/pg/log" -w -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_prepared_transactions=8 ${POSTGRES_OPTIONS:-}" start >/dev/null)
  printf '#!/bin/sh\ntrue\n' > "$dir/restart"
  chmod +x "$dir/restart"
  postgres_stop=("${as[@]}" "$bin/pg_ctl" -D "$dir/pg/data" -m immediate stop)
}

kill_server() {
  if [ -n "${server_dir:-}" ] && [ -f "$server_dir/pid" ]; then kill -9 "$(cat "$server_dir/pid")" 2>/dev/null || true; fi
  if [ -n "${postgres_stop:-}" ]; then (cd /; "${postgres_stop[@]}" >/dev/null 2>&1) || true; fi
}
