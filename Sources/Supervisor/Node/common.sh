#!/bin/sh
# What the supervisor and the finisher share. Defines functions only. Before use: BOOT holds the boot id.
# Its comments and indentation are taken away when it is sent, so no text here may span lines.
# shellcheck disable=SC2034,SC2153 # `start` and `now` are results, BOOT comes from outside
# shellcheck disable=SC2086 # words are split on purpose; `set -f` is on
# shellcheck disable=SC3045 # ulimit -c is in every sh that is met

# The start time in $1, a line of /proc/PID/stat: clock ticks after boot, into $start. Fails for a zombie.
started_at() {
    set -- ${1##*) }
    start=${20}
    [ "$1" != Z ]
}

# Start time of process $1 into $start. Fails when it is gone or a zombie.
born() { { read -r line <"/proc/$1/stat"; } 2>/dev/null && started_at "$line"; }

# Whole seconds after boot into $now. Counts suspended time, never jumps.
clock() {
    read -r now line </proc/uptime
    now=${now%%.*}
}

# Whether the process named in file $1 (pid, start time, boot id) is that very process and alive. Its pid into $pid.
living() {
    { read -r pid since boot line <"$1"; } 2>/dev/null || return 1
    case $pid in '' | *[!0-9]*) return 1 ;; esac
    [ "$pid" -gt 1 ] && [ "$boot" = "$BOOT" ] && born "$pid" && [ "$start" = "$since" ]
}

# Overwrites file $2 in place with $1: its blocks are there already, so a full disk can't stop that.
overwrite() { printf '%-64s\n' "$1" 1<>"$2"; }

# Names the process that runs this, a subshell too, in file $1.
sign() {
    read -r line </proc/self/stat && started_at "$line" && overwrite "${line%% *} $start $BOOT" "$1"
}

# Sends signal $1 to the process group whose leader file $2 names.
strike() { living "$2" && kill "-$1" "-$pid" 2>/dev/null; }

# Kills what carries the name of invocation $1 in its environment, wherever it fled to. What forks meanwhile is met on
# the next round.
sweep() {
    set +f
    for round in 1 2 3 4 5; do
        # Most greps find text behind a NUL; with the others every process is asked.
        if printf 'a\0b\n' | grep -q b; then
            found=$(grep -ls "RUNBOOK_INVOCATION=$1" /proc/[0-9]*/environ)
        else
            found=$(echo /proc/[0-9]*/environ)
        fi
        left=
        for found in $found; do
            { tr '\0' '\n' <"$found" | grep -qx "RUNBOOK_INVOCATION=$1"; } 2>/dev/null || continue
            found=${found#/proc/}
            kill -KILL "${found%/environ}" 2>/dev/null && left=1
        done
        [ -n "$left" ] || break
    done
    set -f
}

# Kills the processes listed in $1, a control group's file, but for process $2, until none is left. Fails when some stay.
evict() {
    for round in 1 2 3 4 5 6 7 8; do
        left=
        while read -r found; do
            [ "$found" = "$2" ] || { kill -KILL "$found" && left=1; }
        done <"$1"
        [ -n "$left" ] || return 0
    done 2>/dev/null
    return 1
}

# Puts the variables of file $1 into the environment: `NAME LINES` and then that many lines, each time.
# Its own names are such that no variable can be meant by them.
import() {
    _rb_newline='
'
    while read -r _rb_name _rb_lines; do
        IFS= read -r _rb_value || return 1
        while [ "$_rb_lines" -gt 1 ]; do
            IFS= read -r _rb_line || return 1
            _rb_value=$_rb_value$_rb_newline$_rb_line
            _rb_lines=$((_rb_lines - 1))
        done
        export "$_rb_name=$_rb_value"
    done <"$1"
}

# Becomes the script $1, run by $2, for the invocation $3 with the state folder $4 (or -), variables of file $5,
# secrets of folder $6, files of at most $7 blocks (or -). Signs in file $8. Its three streams are set already.
become() {
    umask 022
    ulimit -c 0
    [ "$7" = - ] || ulimit -f "$7"
    cd / || exit 125
    sign "$8" || exit 125
    case $2 in sh) set -- "$@" /bin/sh ;; *) set -- "$@" "$(command -v "$2")" ;; esac
    export "RUNBOOK_INVOCATION=$3"
    if [ -d "$6" ]; then
        set +f
        for found in "$6"/*; do
            [ ! -f "$found" ] || export "${found##*/}_file=$found"
        done
        set -f
    fi
    [ "$4" = - ] || export "RUNBOOK_STATE=$4"
    set -- "$SETSID" "${9:-$2}" "$1" "$5"
    [ ! -s "$4" ] || import "$4" || exit 125
    exec "$1" "$2" "$3"
}
