#!/bin/sh
# Ends one program of an agent host when that host vanishes, be it by `kill -9`: the host holds the other end of our
# standard input, which closes however the host ends. Usage: guardian.sh MARK
#
# Standard input: the number of the program's process group (an empty line: it never began), then `over` when its end
# has been seen to. MARK is `NAME=value` of the environment that only this program and its children have; on Linux it
# finds those who left the group.

mark=$1

# A stop of the host asks its whole family to go; we go when the host is gone, and not before.
trap "" HUP INT TERM

group=
read -r group
read -r word && [ "$word" = over ] && exit 0

strays() {
  [ -d /proc/self ] || return 0
  grep -lzxFs -e "$mark" /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3
}

send() {
  [ -z "$group" ] || kill -s "$1" -- "-$group" 2>/dev/null
  for pid in $(strays); do kill -s "$1" "$pid" 2>/dev/null; done
}

# Zombies are dead, though they can be sent signals: perhaps they are never reaped.
group_lives() {
  kill -s 0 -- "-$group" 2>/dev/null || return 1
  [ -d /proc/self ] || return 0
  for stat in /proc/[0-9]*/stat; do
    read -r line 2>/dev/null <"$stat" || continue
    # The program's name stands in brackets and may hold anything, so count from the last one: state, parent, group.
    set -- ${line##*) }
    [ "$3" = "$group" ] && [ "$1" != Z ] && [ "$1" != X ] && return 0
  done
  return 1
}

is_alive() {
  [ -n "$group" ] && group_lives && return 0
  [ -n "$(strays)" ]
}

send TERM
turns=0
while is_alive && [ "$turns" -lt 15 ]; do
  sleep 0.1
  turns=$((turns + 1))
done
# More than once: one that was just being born may have been missed.
for turn in 1 2 3; do
  is_alive || break
  send KILL
  sleep 0.1
done
