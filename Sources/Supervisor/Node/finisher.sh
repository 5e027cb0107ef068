#!/bin/sh
# Runs one guarded invocation to its end and keeps how it ended, whatever becomes of the connection.
# Follows common.sh in one file. Arguments: the invocation's folder, `now` or `guard`, seconds to sleep before.
# shellcheck disable=SC2034,SC2154 # names that common.sh uses and sets
# shellcheck disable=SC2046 # words are split on purpose; `set -f` is on
umask 077
set -f
LC_ALL=C
cd /
d=$1
read -r BOOT </proc/sys/kernel/random/boot_id
read -r SETSID id timeout grace limit shell state secrets once <"$d/opt"

# Which process group is to be ended, why and when: asked once a second beside the script.
watch() {
    clock
    from=$now why='' when=0 pause=0.2
    while :; do
        sleep "$pause" 2>/dev/null || sleep 1
        pause=1
        clock
        # Whoever is killed leaves nothing to watch once the script has ended too.
        living "$d/pid" || living "$d/pg" || exit
        if [ -z "$why" ]; then
            if [ -e "$d/stop" ]; then
                why=cancel
            elif [ $((now - from)) -ge "$timeout" ]; then
                why=timeout
            elif [ -s "$d/o" ] || [ -s "$d/e" ]; then
                set -- $(wc -c <"$d/o") $(wc -c <"$d/e")
                [ $(($1 + $2)) -le "$limit" ] || why=limit
            fi
            [ -n "$why" ] || continue
            when=$now
            overwrite "$why" "$d/why"
            [ "$why" = limit ] && grace=0
            strike TERM "$d/pg"
        elif [ $((now - when)) -ge "$grace" ]; then
            strike KILL "$d/pg"
        fi
        if [ -n "$why" ] && [ "$grace" = 0 ]; then strike KILL "$d/pg"; fi
    done
}

# Kills all of this unit but this process, until nothing is left.
clear_unit() {
    group=
    while read -r line; do
        case $line in
        0::*/rb-*.service) group=/sys/fs/cgroup${line#0::} other=/sys/fs/cgroup/unified${line#0::} ;;
        *:name=systemd:*/rb-*.service) group=/sys/fs/cgroup/systemd${line#*:name=systemd:} other=$group ;;
        *) continue ;;
        esac
        [ -e "$group/cgroup.procs" ] || group=$other
        [ -e "$group/cgroup.procs" ] || continue
        evict "$group/cgroup.procs" $$
    done </proc/self/cgroup
}

# Tells the supervisor that waits for this invocation, if one does: it named its queue in `tell`.
tell() {
    { read -r queue <"$d/tell"; } 2>/dev/null || return 0
    [ -p "$queue" ] && printf '%s\n' "$1 $id" 1<>"$queue"
}

sign "$d/pid" || exit 1
if [ "$2" = guard ]; then
    [ "$3" = 0 ] || sleep "$3"
    # The one rename that decides: fired here, or disarmed by the controller.
    mv "$d/armed" "$d/fired" 2>/dev/null || exit 0
    [ -z "$4" ] || {
        rm -f "/etc/systemd/system/$4.timer" "/etc/systemd/system/$4.service" \
            "/etc/systemd/system/timers.target.wants/$4.timer"
        systemctl stop --no-block "$4.timer" 2>/dev/null
    }
fi
# The point of no return: taken here, or by a supervisor that gave this process up.
set -C
{ : >"$d/go"; } 2>/dev/null || exit 0
set +C
tell G
watch </dev/null >/dev/null 2>&1 &
watcher=$!
i=/dev/null
[ ! -e "$d/i" ] || i=$d/i
(become "$d/c" "$shell" "$id" "$state" "$d/v" "$secrets" - "$d/pg") <"$i" >>"$d/o" 2>>"$d/e"
status=$?
kill "$watcher" 2>/dev/null
# What the script left in its own group ends with it; daemons with a session of their own stay.
read -r pid line <"$d/pg"
read -r why <"$d/why"
case $pid in
'' | *[!0-9]* | 1) why=never ;;
*) kill -KILL "-$pid" 2>/dev/null ;;
esac
if [ "$why" != - ]; then
    sweep "$id"
    clear_unit
    [ "$why" != limit ] || for found in o e; do
        [ "$(wc -c <"$d/$found")" -le "$limit" ] || dd if=/dev/null of="$d/$found" bs=1 seek="$limit" count=0 2>/dev/null
    done
fi
[ ! -d "$secrets" ] || rm -rf "$secrets"
overwrite "E $status $why" "$d/rc"
[ "$once" = 0 ] || dd if=/dev/null of="$d/rc" conv=fsync,notrunc 2>/dev/null
tell D
exit 0
