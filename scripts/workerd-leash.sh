#!/bin/sh
# Stands in for workerd (MINIFLARE_WORKERD_PATH), so that it never outlives the program that started it, not even when
# that program dies by `kill -9`. Needs REAL_WORKERD and TOWNKEEPER_PID.

# Ctrl-C in a terminal reaches the whole group. The CLI decides when workerd ends: after the host's last reports.
trap "" INT

if command -v setpriv >/dev/null 2>&1 && setpriv --pdeathsig KILL true 2>/dev/null; then
  # The parent may have died before the signal was asked for, hence the second look.
  exec setpriv --pdeathsig KILL sh -c '[ "$PPID" = "$0" ] || exit 1; exec "$@"' "$TOWNKEEPER_PID" "$REAL_WORKERD" "$@"
fi

# Elsewhere a small watcher looks once a second; `exec` keeps our pid, so it knows whom to end.
me=$$
# A zombie can be sent signals and is dead: nobody may ever reap it.
lives() {
  kill -0 "$1" 2>/dev/null || return 1
  read -r line 2>/dev/null <"/proc/$1/stat" || return 0
  case ${line##*) } in [ZX]*) return 1 ;; esac
}
(
  while lives "$TOWNKEEPER_PID" && kill -0 "$me" 2>/dev/null; do sleep 1; done
  kill -9 "$me" 2>/dev/null
) </dev/null >/dev/null 2>&1 3>&- &
exec "$REAL_WORKERD" "$@"
