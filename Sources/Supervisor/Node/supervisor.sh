#!/bin/sh
# Runs steps on a node. Frames come on standard input, events and output go to standard output.
# Follows assignments of COMMON (common.sh, evaluated already) and FINISHER (finisher.sh). Argument: the HELLO's nonce.
#
# Three processes in a row: the reader takes frames, stores what they carry and ends what is to be stopped; the worker
# does the work in order and writes all events; the launcher runs plain scripts in the foreground, since what a shell
# starts in the background ignores SIGINT. A fourth, the undertaker, ticks once a second while there is work, ends plain
# scripts at their deadline, and cleans up when the worker dies.
# shellcheck disable=SC2034,SC2154 # names that common.sh uses and sets
# shellcheck disable=SC2015 # what stands between && and || may fail too
# shellcheck disable=SC2046,SC2086 # words are split on purpose; `set -f` is on
umask 077
set -f
NONCE=$1
NL='
'
FOLDER='' SCRATCH='' TMPFS=''
# What changes the machine as soon as it is written to, besides /proc/sys; not every kernel has all of them.
TUNABLES='-/proc/sysrq-trigger -/proc/irq -/proc/fs -/proc/bus -/proc/acpi -/proc/mtrr -/proc/scsi -/proc/driver'

event() { printf '\nRB2 %s\n' "$*"; }

# ---- what this node is

identify() {
    read -r BOOT </proc/sys/kernel/random/boot_id
    MACHINE=-
    [ ! -s /etc/machine-id ] || read -r MACHINE </etc/machine-id
    read -r host </proc/sys/kernel/hostname
    case $host in '' | *[!A-Za-z0-9._-]*) host=- ;; esac
    while read -r key line what; do
        [ "$key" != Uid: ] || { USERID=${what%%[!0-9]*} && break; }
    done </proc/self/status
    os=- release=-
    if [ -r /etc/os-release ]; then
        while IFS='=' read -r key line; do
            line=${line#[\"\']} && line=${line%[\"\']}
            case $line in '' | *[!A-Za-z0-9._~+-]*) continue ;; esac
            case $key in ID) os=$line ;; VERSION_ID) release=$line ;; esac
        done </etc/os-release
    fi
    SYSTEMD=0
    if [ "$USERID" = 0 ] && [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then SYSTEMD=1; fi
    SETSID=$(command -v setsid) || SETSID=
    event "$NONCE HELLO 2 $USERID $SYSTEMD $BOOT $MACHINE $host $os $release"
    [ -n "$SETSID" ] || { event "$NONCE FATAL setsid" && exit 97; }
}

# ---- folders

# Makes $1 if need be; 2 where that can't be done. Fails unless it is a real folder, ours, and closed to everybody else.
private() {
    [ -e "$1" ] || [ -L "$1" ] || mkdir "$1" 2>/dev/null || [ -e "$1" ] || return 2
    [ -d "$1" ] && [ ! -L "$1" ] || return 1
    set -- $(ls -ldn "$1" 2>/dev/null)
    case $1 in drwx------ | drwx------.) [ "$3" = "$USERID" ] ;; *) return 1 ;; esac
}

# The folder that outlives connections, into $FOLDER.
folder() {
    [ -z "$FOLDER" ] || return 0
    if [ "$USERID" = 0 ]; then
        [ -d /var/lib ] || mkdir -p /var/lib 2>/dev/null
        set -- /var/lib/runbook-node
    else
        set -- "/var/tmp/rb-$USERID"
    fi
    private "$1" && FOLDER=$1
}

# Ends over a state folder that can't be used, for which $1 is what `folder` said.
no_folder() {
    if [ "$1" = 2 ]; then refuse make; else refuse folder; fi
}

# This session's folder in memory, into $SCRATCH, with the queue in it.
scratch() {
    [ -z "$SCRATCH" ] || return 0
    for where in /run /dev/shm; do
        if [ "$USERID" = 0 ]; then base=$where/runbook-node; else base=$where/rb-$USERID; fi
        [ -d "$where" ] && [ -w "$where" ] || continue
        set -- $(stat -f -c '%T %a %S' "$where" 2>/dev/null)
        case $1 in tmpfs | ramfs) ;; *) continue ;; esac
        private "$base" || continue
        # Room for one stream of a plain script's output: half of what is free, in bytes.
        ROOM=0
        number "$2" && number "$3" && ROOM=$(($2 * $3 / 2))
        TMPFS=$base
        break
    done
    [ -n "$TMPFS" ] || return 1
    tidy
    mkdir "$TMPFS/s-$$-$NONCE" 2>/dev/null && mkfifo "$TMPFS/s-$$-$NONCE/q" || return 1
    SCRATCH=$TMPFS/s-$$-$NONCE
    read -r line </proc/self/stat
    started_at "$line"
    tell "$NONCE" OPEN "$SCRATCH" "${line%% *}" "$start"
}

# Takes away what supervisors that are gone left in memory.
tidy() {
    set +f
    for found in "$TMPFS"/s-*; do
        owner=${found##*/s-}
        [ -d "$found" ] && ! born "${owner%%-*}" || continue
        # Where all of its processes were killed at one time, nobody is left to end what ran in a unit of its own.
        { read -r job line <"$found/due"; } 2>/dev/null && strike KILL "$found/$job.r"
        # What no signal ends (uninterruptible sleep) can still be found by `alive`.
        living "$found/${job:--}.r" || rm -rf "$found"
    done
    for found in "$TMPFS"/k-*; do
        [ -d "$found" ] && folder || continue
        set -- "$FOLDER/${found##*/k-}"
        if [ -e "$1/go" ] && ! living "$1/pid" && ! living "$1/pg"; then rm -rf "$found"; fi
    done
    set -f
}

# Forgets, once a day, what ended a month ago, and what nobody asked after for a quarter.
forget() {
    [ -n "$FOLDER" ] && [ -z "$(find "$FOLDER/forgot" -mtime -1 2>/dev/null)" ] || return 0
    : >"$FOLDER/forgot"
    find "$FOLDER" -maxdepth 1 -type d -name '*.*.*.*' -mtime +30 2>/dev/null | while IFS= read -r found; do
        if [ -e "$found/armed" ] || living "$found/pid" || living "$found/pg"; then continue; fi
        [ ! -e "$found/c" ] || [ -n "$(find "$found" -prune -mtime +90)" ] || continue
        rm -rf "$found"
    done
    [ ! -d "$FOLDER/state" ] || find "$FOLDER/state" -mindepth 1 -maxdepth 1 -mtime +90 -exec rm -rf {} +
}

# ---- the reader

number() { case $1 in '' | *[!0-9]* | ????????????????*) return 1 ;; esac; }

numbers() {
    for line in "$@"; do number "$line" || return 1; done
}

hexadecimal() { [ "${#1}" = "$2" ] && case $1 in *[!0-9a-f]*) return 1 ;; esac; }

# Whether $1 is `run.target.step.attempt` (or without the attempt if $2 is 3).
named() {
    set -- "$2" "$1"
    case $2 in *[!0-9a-f.]* | *..* | *. | .*) return 1 ;; esac
    IFS=.
    set -- $1 $2
    IFS=" $TAB$NL"
    [ $# = $(($1 + 1)) ] && hexadecimal "$2" 32 && shift 2 && numbers "$@"
}

# To the worker.
tell() { printf '%s\n' "$*"; }

refuse() {
    [ -z "$fresh" ] || rm -rf "$fresh"
    [ -z "$SCRATCH" ] || : >"$SCRATCH/said"
    tell "$NONCE" FATAL "$1"
    exit 0
}

# Whether `head -c` takes not one byte more than it is asked for.
exact() {
    [ -n "$EXACT" ] || EXACT=$(printf 'ab\nc\n' | { head -c 3 >/dev/null && read -r line && echo "$line"; })
    [ "$EXACT" = c ]
}

# Copies $1 lines, which are $2 bytes, to standard output; the newline of the last one only if $3 is `whole`.
copy() {
    copied=1
    if [ "$2" -gt 12288 ] && exact; then
        if [ "$3" = whole ]; then
            head -c "$2" || refuse nospace
        else
            head -c "$(($2 - 1))" || refuse nospace
            IFS= read -r line || refuse frame
        fi
        return 0
    fi
    set -- "$1" "$3" 0
    while [ "$1" -gt 1 ]; do
        IFS= read -r line || refuse frame
        printf '%s\n' "$line" || set -- "$1" "$2" 1
        set -- $(($1 - 1)) "$2" "$3"
    done
    IFS= read -r line || refuse frame
    if [ "$2" = whole ]; then printf '%s\n' "$line"; else printf %s "$line"; fi && [ "$3" = 0 ]
}

# Takes one blob into file $1, after `NAME LINES` if $2 is `variable`; into nothing if $1 is empty.
# What can't be written sets $full.
blob() {
    IFS= read -r line || refuse frame
    set -- "$1" "$2" $line
    [ $# = 6 ] && numbers "$5" "$6" && [ "$5" -gt 0 ] || refuse frame
    case $3 in '' | *[!A-Za-z0-9_]*) refuse frame ;; esac
    copied=
    case $1,$2,$4 in
    ,*) ;;
    *,variable,t) { printf '%s %s\n' "$3" "$5" && copy "$5" "$6" whole; } >>"$1" || full=1 ;;
    *,secret,t) copy "$5" "$6" cut >"$1/$3" || full=1 ;;
    *,secret,b) copy "$5" "$6" whole >"$1/$3.b" && decode "$1/$3.b" "$1/$3" || full=1 ;;
    *,file,t) copy "$5" "$6" cut >"$1" || full=1 ;;
    *,file,b) copy "$5" "$6" whole >"$1.b" && decode "$1.b" "$1" || full=1 ;;
    *) refuse frame ;;
    esac 2>/dev/null
    [ -n "$copied" ] || copy "$5" "$6" cut >/dev/null
}

# Base64 in file $1 into file $2.
decode() {
    if command -v base64 >/dev/null; then base64 -d <"$1" >"$2"; else openssl base64 -d -A <"$1" >"$2"; fi && rm -f "$1"
}

# Takes $2 variables, $3 secrets, the script, and input if $4 is 1, into files that begin with $1, secrets into folder $5.
# Then the closing line. Into nothing if $1 is empty.
bodies() {
    body=$1 many=$2
    while [ "$many" -gt 0 ]; do
        blob "${body:+${body}v}" variable
        many=$((many - 1))
    done
    many=$3 keys=
    if [ "$many" -gt 0 ] && [ -n "$body" ]; then mkdir "$5" 2>/dev/null && keys=$5 || full=1; fi
    while [ "$many" -gt 0 ]; do
        blob "$keys" secret
        many=$((many - 1))
    done
    blob "${body:+${body}c}" file
    [ "$4" = 0 ] || blob "${body:+${body}i}" file
    IFS= read -r line && [ "$line" = "RB2 $token ." ] || refuse frame
}

# The state folder of $1 (or -), into $state.
keep() {
    state=-
    [ "$1" != - ] || return 0
    named "$1" 3 || refuse frame
    folder || return 1
    state=$FOLDER/state/$1
    [ -d "$state" ] || mkdir -p "$state" 2>/dev/null
}

limits() {
    named "$1" 4 && numbers "$2" "$3" "$4" || refuse frame
    case $5 in sh | bash | python3) ;; *) refuse frame ;; esac
}

# RUN: id timeout grace limit shell state sandbox variables secrets input probe scripts. It is not started beside one of
# the scripts, with commas between, nor beside one of that probe whose time is over; - where there is none.
take_plain() {
    [ $# = 12 ] || refuse frame
    limits "$@" && numbers "$7" "$8" "$9" "${10}" || refuse frame
    [ "${11}" = - ] || hexadecimal "${11}" 32 || refuse frame
    case ${12} in -) ;; *[!0-9a-f.,]*) refuse frame ;; esac
    scratch || refuse tmpfs
    count=$((count + 1)) full=
    bodies "$SCRATCH/$count." "$8" "$9" "${10}" "$SCRATCH/$count.k"
    keep "$6" || full=1
    if [ -n "$full" ]; then tell "$token" NOSTART nospace; else
        room=$4
        [ "$ROOM" = 0 ] || [ "$room" -le "$ROOM" ] || room=$ROOM
        tell "$token" RUN "$count" "$1" "$2" "$3" "$room" "$5" "$state" "$7" "${11}" "${12}"
    fi
}

digest() {
    if command -v sha256sum >/dev/null; then set -- $(sha256sum <"$1"); elif command -v shasum >/dev/null; then
        set -- $(shasum -a 256 <"$1")
    else
        set -- $(openssl dgst -sha256 -r <"$1")
    fi
    sum=$1
}

# STEP: id timeout grace limit shell state once variables secrets input sha256 fence offset offset
# ARM: the same, then the delay
take_guarded() {
    kind=$1
    shift
    case "$kind $#" in 'STEP 14' | 'ARM 15') ;; *) refuse frame ;; esac
    limits "$@"
    numbers "$7" "$8" "$9" "${10}" "${12}" "${13}" "${14}" "${15:-0}" && hexadecimal "${11}" 64 || refuse frame
    full='' fresh='' d=''
    if ! folder; then no="FATAL folder"; elif ! scratch; then no="FATAL tmpfs"; elif ! allowed "$1" "${12}"; then
        no="BUSY $holder $held"
    else
        no='' d=$FOLDER/$1
        if mkdir "$d" 2>/dev/null; then fresh=$d; elif [ -L "$d" ]; then no="FATAL folder"; elif [ ! -d "$d" ]; then
            if [ -e "$d" ]; then no="FATAL folder"; else no="NOSTART nospace"; fi
        fi
    fi
    bodies "${fresh:+$d/}" "$8" "$9" "${10}" "$TMPFS/k-$1"
    if [ -n "$no" ]; then tell "$token" $no; elif [ -z "$fresh" ]; then known "$1" "${11}" "${13}" "${14}"; else
        keep "$6" || full=1
        prepare "$@" 2>/dev/null || full=1
        if [ -n "$full" ]; then
            rm -rf "$d" "$TMPFS/k-$1"
            tell "$token" NOSTART nospace
        elif [ "$kind" = ARM ]; then tell "$token" ARM "$1" "${15}"; else tell "$token" STEP new "$1" "${13}" "${14}"; fi
        fresh=
    fi
}

# Writes and checks everything that the finisher needs. Nothing of the step runs unless all of it is there.
prepare() {
    digest "$d/c"
    [ "$sum" = "${11}" ] || return 1
    printf '%s\n' "$COMMON" "$FINISHER" >"$d/f" &&
        printf '%s\n' "$SETSID $1 $2 $3 $4 $5 $state $TMPFS/k-$1 $7" >"$d/opt" &&
        printf '%s\n' "$SCRATCH/q" >"$d/tell" && : >>"$d/v" && : >"$d/o" && : >"$d/e" &&
        overwrite - "$d/pid" && overwrite - "$d/pg" && overwrite - "$d/why" && overwrite - "$d/rc" || return 1
    [ "$kind" != ARM ] || { printf '%s\n' "${15}" >"$d/armed" && [ ! -e "$d/disarmed" ]; } || return 1
    # The claim comes last: a folder without it was never whole.
    printf '%s\n' "2 ${11} ${1%.*.*} $MACHINE ${12}" >"$d/claim" || return 1
    [ "$7" = 0 ] && [ "$kind" = STEP ] || flush "$d/claim" "$d/c" "$d/rc"
}

flush() {
    for line in "$@"; do dd if=/dev/null of="$line" conv=fsync,notrunc 2>/dev/null || return 1; done
}

# Whether the claim in $d is whole, and that of $1 with the script's sha256 $2 on this machine. 2: it is another's.
claimed() {
    [ -f "$d/claim" ] && [ ! -L "$d/claim" ] || return 1
    { read -r version sum target machine line <"$d/claim"; } 2>/dev/null || return 1
    [ "$sum" = "$2" ] && [ "$target" = "${1%.*.*}" ] && [ "$machine" = "$MACHINE" ] || return 2
}

# What was there before: $1 id, $2 sha256, $3 $4 offsets.
known() {
    claimed "$1" "$2"
    if [ $? = 2 ]; then tell "$token" MISMATCH; else tell "$token" STEP old "$1" "$3" "$4" "$2"; fi
}

# ATTACH: id sha256 offset offset. Without a claim it makes one that can never be started.
take_attach() {
    [ $# = 4 ] && named "$1" 4 && hexadecimal "$2" 64 && numbers "$3" "$4" || refuse frame
    folder || no_folder $?
    scratch || refuse tmpfs
    d=$FOLDER/$1
    if mkdir "$d" 2>/dev/null; then
        printf '%s\n' never >"$d/go" && printf '%s\n' "2 $2 ${1%.*.*} $MACHINE 0" >"$d/claim" || refuse nospace
        tell "$token" NOSTART unclaimed
    elif [ -L "$d" ]; then refuse folder; elif [ -d "$d" ]; then known "$@"; elif [ -e "$d" ]; then
        refuse folder
    else
        refuse nospace
    fi
}

# STOP: id, and `plain` where that is no step's. Ends what runs by that name, whoever started it; the KILL is up to the
# undertaker or the finisher. A step that has not come yet never starts.
stop() {
    [ $# = 1 ] || [ "$#$2" = 2plain ] || refuse frame
    named "$1" 4 || refuse frame
    if [ -n "$SCRATCH" ]; then
        : >"$SCRATCH/x-$1"
        { read -r job line id <"$SCRATCH/due"; } 2>/dev/null
        [ "${id##* }" != "$1" ] || strike TERM "$SCRATCH/$job.r"
    fi
    [ $# = 1 ] && folder || return 0
    d=$FOLDER/$1 line=-
    if mkdir "$d" 2>/dev/null; then
        printf '%s\n' never 2>/dev/null >"$d/go"
        return
    fi
    { read -r line <"$d/rc"; } 2>/dev/null
    [ "${line%% *}" = - ] || return 0
    # Another supervisor may be taking it in.
    printf '%s' '' 2>/dev/null >"$d/stop"
    [ -e "$d/pg" ] || return 0
    overwrite cancel "$d/why"
    if living "$d/pid"; then strike TERM "$d/pg"; else strike KILL "$d/pg"; fi
}

# ACK: id. Leaves a tombstone: the claim, and how it ended.
acknowledge() {
    [ $# = 1 ] && named "$1" 4 || refuse frame
    if folder && d=$FOLDER/$1 && [ -e "$d/c" ] && read -r line <"$d/rc" && [ "${line%% *}" = E ]; then
        (cd "$d" && rm -f c v i o e f opt tell why stop pid pg) 2>/dev/null
    fi
    tell "$token" DONE
}

# ---- the lease: the highest of the files lease.N, each made whole by a hard link, so that one of two takers wins

# The current one into $holder, $held (its fence) and $generation.
leased() {
    generation=0 holder=- held=0 boot=- pid=- since=-
    set +f
    for found in "$FOLDER"/lease.*; do
        found=${found##*.}
        number "$found" && [ "$found" -gt "$generation" ] && generation=$found
    done
    set -f
    [ "$generation" = 0 ] || { read -r holder held boot pid since <"$FOLDER/lease.$generation"; } 2>/dev/null
}

# Whether the holder's session or one of its steps is alive.
occupied() {
    [ "$holder" != - ] && [ "$boot" = "$BOOT" ] || return 1
    born "$pid" && [ "$start" = "$since" ] && return 0
    set +f
    for found in "$FOLDER/$holder".*; do
        if [ -d "$found" ] && { living "$found/pid" || living "$found/pg"; }; then
            set -f
            return 0
        fi
    done
    set -f
    return 1
}

# Whether the step $1 with the fence $2 may run here.
allowed() {
    leased
    if [ "$holder" = "${1%%.*}" ]; then [ "$2" -ge "$held" ]; else ! occupied; fi
}

# LEASE: run fence. RELEASE: run.
lease() {
    [ $# = 2 ] && hexadecimal "$1" 32 && number "$2" || refuse frame
    folder || no_folder $?
    for round in 1 2 3 4 5; do
        leased
        if [ "$holder" = "$1" ]; then [ "$2" -ge "$held" ]; else ! occupied; fi || { tell "$token" BUSY "$holder" "$held" && return; }
        born $$
        succeed "$1 $2 $BOOT $$ $start" && { tell "$token" DONE && return; }
        [ -z "$full" ] || refuse nospace
    done
    tell "$token" BUSY "$holder" "$held"
}

release() {
    [ $# = 1 ] && hexadecimal "$1" 32 || refuse frame
    folder || no_folder $?
    leased
    [ "$holder" != "$1" ] || succeed "- $held - - -"
    tell "$token" DONE
}

# Makes $1 the next generation of the lease; fails when somebody else was first.
succeed() {
    full=
    { printf '%s\n' "$1" >"$FOLDER/l-$NONCE"; } 2>/dev/null || { full=1 && return 1; }
    ln "$FOLDER/l-$NONCE" "$FOLDER/lease.$((generation + 1))" 2>/dev/null
    set -- $? "$((generation + 1))"
    rm -f "$FOLDER/l-$NONCE"
    [ "$1" != 0 ] || [ "$generation" = 0 ] || rm -f "$FOLDER/lease.$generation"
    return "$1"
}

read_frames() {
    count=0 EXACT='' fresh=''
    TAB=$(printf '\t')
    while IFS= read -r line; do
        set -- $line
        [ "$1" = RB2 ] && hexadecimal "$2" 32 && [ $# -gt 2 ] || refuse frame
        token=$2 verb=$3
        shift 3
        case $verb in
        RUN) take_plain "$@" ;;
        STEP | ARM) take_guarded "$verb" "$@" ;;
        ATTACH) take_attach "$@" ;;
        STOP) stop "$@" ;;
        ACK) acknowledge "$@" ;;
        LEASE) lease "$@" ;;
        RELEASE) release "$@" ;;
        DISARM)
            [ $# = 1 ] && named "$1" 4 && folder || refuse frame
            tell "$token" DISARM "$1"
            ;;
        FETCH)
            [ $# = 2 ] && named "$1" 3 && folder || refuse frame
            case $2 in '' | .* | *[!A-Za-z0-9._-]*) refuse frame ;; esac
            tell "$token" FETCH "$1" "$2"
            ;;
        PING) tell "$token" PONG ;;
        BYE)
            [ -z "$SCRATCH" ] || : >"$SCRATCH/said"
            tell "$token" BYE
            exit 0
            ;;
        *) refuse frame ;;
        esac
    done
    # The connection is gone: plain work ends with it, and nothing more is started.
    [ -z "$SCRATCH" ] || {
        : >"$SCRATCH/x"
        { read -r job line <"$SCRATCH/due"; } 2>/dev/null && strike TERM "$SCRATCH/$job.r"
        printf 'X\n' 1<>"$SCRATCH/q"
    }
}

# ---- the worker

# Once a second while there is work: a tick for the worker, and the end of a plain script whose time is over.
undertake() {
    worker=$1
    born "$worker"
    since_worker=$start
    of=- when=0
    while :; do
        sleep 1
        clock
        { read -r job due grace probe id <"$SCRATCH/due"; } 2>/dev/null || job=-
        if ! born "$worker" || [ "$start" != "$since_worker" ]; then
            if [ "$job" != - ]; then
                strike KILL "$SCRATCH/$job.r"
                sweep "$id"
            fi
            # What no signal ends is left for `alive` to find; who comes later tidies up.
            for round in 1 2 3; do ! living "$SCRATCH/$job.r" || sleep 1; done
            living "$SCRATCH/$job.r" || rm -rf "$SCRATCH"
            # As long as the reader waits for frames, the channel stays open and nobody learns of it.
            born "$2" && [ "$start" = "$3" ] && kill -KILL "$2"
            exit
        fi
        if [ ! -p "$SCRATCH/q" ]; then
            # Somebody took the session's folder away: nothing can be told through it any more.
            kill -KILL "$worker"
            continue
        fi
        # A reader that is gone and had said nothing was killed: as when the connection is gone.
        if { ! born "$2" || [ "$start" != "$3" ]; } && [ ! -e "$SCRATCH/said" ]; then
            : >"$SCRATCH/x"
            printf 'X\n' 1<>"$SCRATCH/q"
        fi
        read -r line <"$SCRATCH/job"
        [ "$line" = 1 ] || continue
        [ "$of" = "$job" ] || when=0
        of=$job
        if [ "$job" = - ]; then :; elif [ "$when" = 0 ]; then
            why=-
            if [ -e "$SCRATCH/x" ] || [ -e "$SCRATCH/x-$id" ]; then why=cancel; elif [ "$now" -ge "$due" ]; then why=timeout; fi
            if [ "$why" != - ]; then
                when=$now
                overwrite "$why" "$SCRATCH/$job.w"
                strike TERM "$SCRATCH/$job.r"
            fi
        elif [ $((now - when)) -ge "$grace" ]; then strike KILL "$SCRATCH/$job.r"; fi
        # Only one at a time: they must not pile up while the worker waits for somebody to take what it passes on.
        read -r line <"$SCRATCH/tick"
        [ "$line" = 1 ] || { overwrite 1 "$SCRATCH/tick" && printf 'T\n' 1<>"$SCRATCH/q"; }
    done
}

# The session's folder is $1 from now on; the reader is process $2, started at $3.
ready() {
    SCRATCH=$1
    exec 7<>"$SCRATCH/q"
    # Made now, so that a full memory can't keep the clock from ticking.
    overwrite 0 "$SCRATCH/job"
    overwrite 0 "$SCRATCH/tick"
    read -r line </proc/self/stat
    undertake "${line%% *}" "$2" "$3" </dev/null >/dev/null 2>&1 3>&- 4>&- 7>&- &
    undertaker=$!
}

# Passes on what was written: stream $1, file $2, from offset $3 on, up to $4 if given.
emit() {
    [ -s "$2" ] || return 0
    printf '\nRB2 %s OUT %s %s\n' "$token" "$1" "$3"
    if [ -n "$4" ]; then tail -c "+$(($3 + 1))" "$2" | head -c "$(($4 - $3))"; elif [ "$3" = 0 ]; then cat "$2"; else
        tail -c "+$(($3 + 1))" "$2"
    fi
}

# Says that the script has started, once, and not where it had been before.
started() {
    [ "$unstarted" -lt 0 ] || { event "$token START 0" && unstarted=-1; }
}

# Waits for the end of $job, whose output are $out from offset $from and $err from offset $after, and passes on what it
# writes. What the queue says of it then is in $result; `gone` when nothing is there to say anything.
follow() {
    overwrite 1 "$SCRATCH/job"
    missed=0 quiet=0 result=
    while [ -z "$result" ]; do
        read -r word what line <&7 || exit 96
        case $word in
        G) [ "$what" != "$job" ] || started ;;
        D) [ "$what" != "$job" ] || result=${line:-over} ;;
        X) [ "$1" = plain ] || exit 0 ;;
        T)
            overwrite 0 "$SCRATCH/tick"
            quiet=$((quiet + 1))
            if [ -s "$out" ] || [ -s "$err" ]; then
                # This tick may have been waiting in the queue since before the start.
                [ "$1" = plain ] || started
                set -- "$1" $(wc -c <"$out") $(wc -c <"$err")
                # What is beyond the limit is about to be cut off.
                [ "$2" -le "$limit" ] || set -- "$1" "$limit" "$3"
                [ "$3" -le "$limit" ] || set -- "$1" "$2" "$limit"
                [ "$2" -le "$from" ] || { emit o "$out" "$from" "$2" && from=$2 quiet=0; }
                [ "$3" -le "$after" ] || { emit e "$err" "$after" "$3" && after=$3 quiet=0; }
            fi
            [ "$quiet" -lt 5 ] || { event "$token BEAT" && quiet=0; } || exit 96
            if [ "$1" = plain ]; then
                if living "$SCRATCH/$job.r"; then missed=0; else missed=$((missed + 1)); fi
                # Who starts scripts signs before the first one.
                if [ -s "$SCRATCH/l" ] && ! living "$SCRATCH/l"; then missed=$((missed + 10)); fi
                [ "$missed" -lt 20 ] || result=gone
            elif [ -e "$d/go" ]; then
                read -r line <"$d/rc"
                if [ -s "$d/go" ]; then result=gone; elif [ "${line%% *}" = E ]; then result=over; elif living "$d/pid" || living "$d/pg"; then missed=0; else
                    missed=$((missed + 1))
                    [ "$missed" -lt 2 ] || result=gone
                fi
            else
                unstarted=$((unstarted + 1))
                # The service manager does not answer: without it, then. Only one of both gets past the go file.
                [ "$unstarted" != 6 ] || "$SETSID" "$SETSID" /bin/sh "$d/f" "$d" now </dev/null >/dev/null 2>&1 3>&- 4>&- 7>&-
                [ "$unstarted" -lt 20 ] || result=gone
            fi
            ;;
        esac
    done
    overwrite 0 "$SCRATCH/job"
}

# Whether one of the plain scripts $2, with commas between, is alive, or one of the probe $1 whose time is over, whichever
# supervisor started it.
alive() {
    clock
    set +f
    for found in "${SCRATCH%/*}"/s-*/due; do
        { read -r job due line probe id <"$found"; } 2>/dev/null || continue
        case ,$2, in
        *",$id,"*) ;;
        *) [ "$1" != - ] && [ "$probe" = "$1" ] && [ "$now" -ge "$due" ] || continue ;;
        esac
        if living "${found%due}$job.r"; then
            set -f
            return 0
        fi
    done
    set -f
    return 1
}

# RUN: number id timeout grace limit shell state sandbox probe scripts
run_plain() {
    if alive "$9" "${10}"; then
        event "$token NOSTART alive"
        rm -rf "$SCRATCH/$1.c" "$SCRATCH/$1.v" "$SCRATCH/$1.i" "$SCRATCH/$1.k"
        return 0
    fi
    event "$token START $5"
    if [ -e "$SCRATCH/x-$2" ]; then
        event "$token END - cancel 0"
        return
    fi
    clock
    job=$1 out=$SCRATCH/$1.o err=$SCRATCH/$1.e from=0 after=0 limit=$(($5 + BLOCK))
    {
        overwrite - "$SCRATCH/$1.w" && overwrite - "$SCRATCH/$1.r" && : >"$out" && : >"$err" &&
            printf '%s\n' "$1 $((now + $3)) $4 $9 $2" >"$SCRATCH/due"
    } 2>/dev/null || {
        event "$token END - never 0"
        return
    }
    boxed=$((SYSTEMD * $8))
    printf '%s\n' "$SCRATCH $1 $2 $6 $7 $((($5 + BLOCK) / BLOCK)) $boxed" >&4
    follow plain
    : >"$SCRATCH/due"
    emit o "$out" "$from" ""
    emit e "$err" "$after" ""
    case $result in gone) event "$token END - lost 0" ;; *) event "$token END $result" ;; esac
    # Gives the memory back now; the names go by the dozen.
    for line in o e c v i; do [ ! -s "$SCRATCH/$1.$line" ] || : >"$SCRATCH/$1.$line"; done
    [ ! -d "$SCRATCH/$1.k" ] || rm -rf "$SCRATCH/$1.k"
    for line in o e c v i w r; do names="$names $SCRATCH/$1.$line"; done
    if [ $(($1 % 32)) = 0 ]; then
        rm -f $names
        names=
    fi
}

# STEP: new id offset offset, or old id offset offset sha256
run_guarded() {
    d=$FOLDER/$2 job=$2 out=$FOLDER/$2/o err=$FOLDER/$2/e from=$3 after=$4 result=over unstarted=0 whole=1
    { read -r line line line line limit line <"$d/opt"; } 2>/dev/null || limit=0
    if [ "$1" = new ]; then
        if [ -e "$SCRATCH/x" ]; then settle && return; fi
        [ "$boxed" = 0 ] || { printf '%s\n' "$SCRATCH" >&4 && boxed=0; }
        launch
        follow guarded
    elif [ -e "$d/go" ] || ! settle; then
        unstarted=-1
        # The claim was whole before anything could start: without one no end is believed.
        claimed "$2" "$5" || whole=
        { [ -n "$whole" ] && ended; } || {
            if living "$d/pid" || living "$d/pg"; then
                printf '%s\n' "$SCRATCH/q" 2>/dev/null >"$d/tell"
                event "$token ATTACH"
                unstarted=-2
                follow guarded
            fi
        }
    fi
    if [ ! -e "$d/go" ] && settle || [ -s "$d/go" ]; then
        event "$token NOSTART given-up"
        return
    fi
    case $unstarted in -1) [ "$1" = new ] || event "$token ATTACH" ;; -2) ;; *) started ;; esac
    emit o "$out" "$from" ""
    emit e "$err" "$after" ""
    if [ -n "$whole" ] && ended; then event "$token END $status $why 0"; else event "$token END - lost 0"; fi
}

# Whether $d has ended; how into $status and $why.
ended() {
    { read -r line status why <"$d/rc"; } 2>/dev/null && [ "$line" = E ]
}

# Takes the point of no return away from a finisher that never came. Fails when it came after all.
settle() {
    set -C
    { printf '%s\n' never >"$d/go"; } 2>/dev/null
    set -- $?
    set +C
    [ "$1" = 0 ] || [ -e "$d/go" ] || { event "$token FATAL nospace" && exit 97; }
    return "$1"
}

launch() {
    if [ "$SYSTEMD" = 1 ]; then
        {
            systemd-run --quiet --no-block --collect --unit="rb-$job" --description="runbook step" \
                -p KillMode=process -p IgnoreSIGPIPE=no -p StandardOutput=null -p StandardError=null \
                env -i "PATH=$PATH" "HOME=$HOME" LC_ALL=C /bin/sh "$d/f" "$d" now ||
                "$SETSID" "$SETSID" /bin/sh "$d/f" "$d" now
        } </dev/null >/dev/null 2>&1 3>&- 4>&- 7>&- &
    else
        "$SETSID" "$SETSID" /bin/sh "$d/f" "$d" now </dev/null >/dev/null 2>&1 3>&- 4>&- 7>&-
    fi
}

# ARM: id delay. A timer of the service manager, and one that the next boot starts anew; without one, a sleeper.
# The second counts from its own start, not from the boot, so whoever starts it early does not set it off at once.
arm() {
    d=$FOLDER/$1
    if [ "$SYSTEMD" = 0 ]; then
        ("$SETSID" "$SETSID" /bin/sh "$d/f" "$d" guard "$2" </dev/null >/dev/null 2>&1 3>&- 4>&- 7>&-)
        event "$token DONE"
        return
    fi
    unit=rb-guard-$1 where=/etc/systemd/system
    if {
        printf '%s\n' '[Unit]' 'Description=Undo of a runbook step that was not confirmed' \
            "RequiresMountsFor=$FOLDER" '[Service]' Type=exec KillMode=process IgnoreSIGPIPE=no \
            "ExecStart=/usr/bin/env -i PATH=$PATH HOME=$HOME LC_ALL=C /bin/sh $d/f $d guard 0 $unit" >"$where/$unit.service" &&
            printf '%s\n' '[Unit]' 'Description=Undo of a runbook step that was not confirmed' '[Timer]' \
                "OnActiveSec=$2" AccuracySec=1s >"$where/$unit.timer" &&
            mkdir -p "$where/timers.target.wants" &&
            ln -s "../$unit.timer" "$where/timers.target.wants/$unit.timer" &&
            sync -f "$where" && flush "$d/armed" &&
            systemd-run --quiet --collect --unit="$unit-now" --on-active="$2" --timer-property=AccuracySec=100ms \
                -p KillMode=process -p IgnoreSIGPIPE=no env -i "PATH=$PATH" "HOME=$HOME" LC_ALL=C \
                /bin/sh "$d/f" "$d" guard 0 "$unit"
    } >/dev/null 2>&1 4>&- 7>&-; then event "$token DONE"; else
        mv "$d/armed" "$d/disarmed" 2>/dev/null
        rm -f "$where/$unit.service" "$where/$unit.timer" "$where/timers.target.wants/$unit.timer"
        event "$token NOSTART timer"
    fi
}

# DISARM: id. The rename decides between this and the timer. The mark comes first: the frame that arms it may come later,
# from a controller that was killed. A disk too full for the mark is too full to arm anything.
disarm() {
    d=$FOLDER/$1 unit=rb-guard-$1 where=/etc/systemd/system waited=0
    { mkdir "$d"; printf '%s' '' >>"$d/disarmed"; } 2>/dev/null
    if mv "$d/armed" "$d/disarmed" 2>/dev/null; then
        rm -f "$where/$unit.service" "$where/$unit.timer" "$where/timers.target.wants/$unit.timer"
        # Who sleeps until its time need not do so in vain.
        if [ "$SYSTEMD" = 0 ]; then strike TERM "$d/pid"; else systemctl stop "$unit-now.timer" "$unit.timer" >/dev/null 2>&1 4>&- 7>&-; fi
        event "$token DONE"
    elif [ -e "$d/fired" ]; then
        # Whoever asks wants to see what it has done.
        while ! ended && { [ ! -e "$d/go" ] || living "$d/pid" || living "$d/pg"; } && [ "$waited" -lt 3000 ]; do
            sleep 0.1 2>/dev/null || sleep 1
            waited=$((waited + 1))
            [ $((waited % 20)) != 0 ] || event "$token BEAT"
        done
        event "$token FIRED"
    elif [ -e "$d/claim" ]; then event "$token DONE"; else event "$token NONE"; fi
}

work() {
    exec 4>&1 1>&3 3>&-
    names='' boxed=0
    BLOCK=512
    # Outside of its POSIX mode bash counts file sizes in units of twice that.
    # shellcheck disable=SC3028
    case $BASH_VERSION:$SHELLOPTS: in :* | *:posix:*) ;; *) BLOCK=1024 ;; esac
    if [ "$USERID" = 0 ]; then FOLDER=/var/lib/runbook-node; else FOLDER=/var/tmp/rb-$USERID; fi
    while read -r token verb line; do
        set -- $line
        case $verb in
        RUN) [ ! -e "$SCRATCH/x" ] && run_plain "$@" ;;
        STEP) run_guarded "$@" ;;
        ARM) arm "$@" ;;
        DISARM) disarm "$@" ;;
        FETCH)
            found=$FOLDER/state/$1/$2
            if [ -f "$found" ] && [ ! -L "$found" ]; then
                event "$token START 0"
                emit o "$found" 0 ""
                event "$token END 0 - 0"
            else
                event "$token NONE"
            fi
            ;;
        BYE) break ;;
        FATAL)
            event "$token FATAL $line"
            break
            ;;
        OPEN) ready "$@" ;;
        *) event "$token $verb${line:+ $line}" ;;
        esac || break
    done
    exec 4>&- 1>&-
    [ -z "$SCRATCH" ] || {
        kill "$undertaker" 2>/dev/null
        rm -rf "$SCRATCH"
    }
    [ ! -d "$FOLDER" ] || forget
}

# ---- the launcher

# The sandbox is a unit in which scripts run one after the other, since a unit takes longer than most scripts do. It has its
# own view of the mounts, so it ends before anything else is run. What a script leaves in it is ended with the script.
# ProtectKernelTunables would shut twenty places more in /proc and /sys, most of which are not there, and takes twice as
# long. A process may write what is its own below /proc: programs do.

# Begins the sandbox $1 with the state folder $2 (or -). Orders go to descriptor 9, answers come from 8.
enter() {
    leave
    # shellcheck disable=SC2016
    [ -e "$SCRATCH/sandboxed" ] || {
        printf '%s\n' 'umask 077' 'set -f' "BOOT=$BOOT SETSID=$SETSID" "$COMMON" 'TMPDIR=$1' 'export TMPDIR' \
            'exec 5<"$2" 6>"$3"' 'echo ready $$ >&6' 'while read -r p i shell id state blocks <&5; do' \
            '(become "$p.c" "$shell" "$id" "$state" "$p.v" "$p.k" "$blocks" "$p.r") <"$i" >>"$p.o" 2>>"$p.e" 5<&- 6>&-' \
            'echo did $? >&6' 'done' >"$SCRATCH/sandboxed" && mkdir "$SCRATCH/t"
    } && mkfifo "$p.f" "$p.a" || return 1
    exec 8<>"$p.a" 9<>"$p.f"
    {
        systemd-run --quiet --wait --collect --unit="rb-probe-$$-$1" -p IgnoreSIGPIPE=no -p KillSignal=SIGKILL \
            -p ProtectSystem=strict \
            -p ProtectHome=read-only -p "ReadOnlyPaths=/run /sys /proc/sys $TUNABLES" -p "ReadWritePaths=$SCRATCH" \
            $([ "$2" = - ] || echo "-pReadWritePaths=$2") -p StandardOutput=null -p StandardError=null \
            env -i "PATH=$PATH" "HOME=$HOME" LC_ALL=C /bin/sh "$SCRATCH/sandboxed" "$SCRATCH/t" "$p.f" "$p.a" 8>&- 9>&-
        echo gone >&8
    } </dev/null >/dev/null 2>&1 9>&- &
    read -r word runner <&8
    rm -f "$p.f" "$p.a"
    inside=$2 box=
    [ "$word" = ready ] || { leave && return 1; }
    # The unified hierarchy, or what stands in for it.
    for found in '' /unified /systemd; do
        found=/sys/fs/cgroup$found/system.slice/rb-probe-$$-$1.service/cgroup.procs
        [ ! -r "$found" ] || [ -n "$box" ] || box=$found
    done
}

# Ends the sandbox: it reads no more orders, and what is left in it ends with its unit.
leave() {
    [ -z "$inside" ] || exec 8>&- 9>&-
    inside=
}

# Runs the script $1 in the sandbox; `gone` in $status when that ended before the script's end was told.
sandbox() {
    [ "$inside" = "$4" ] || enter "$1" "$4" || return 1
    printf '%s\n' "$p $i $3 $2 $4 $5" >&9
    read -r word status <&8
    if [ "$word" = gone ]; then
        status=gone
        leave
    else
        # What a script leaves behind ends with it, or the sandbox does.
        { [ -n "$box" ] && evict "$box" "$runner"; } || leave
    fi
}

# Lines: folder number id shell state blocks sandbox; without more than the folder before anything that is not such a script.
start_scripts() {
    inside=
    while read -r SCRATCH job id shell state blocks sandboxed; do
        [ "$sandboxed" = 1 ] || leave
        [ -n "$job" ] || continue
        p=$SCRATCH/$job i=/dev/null flag=0
        [ -s "$SCRATCH/l" ] || sign "$SCRATCH/l"
        [ ! -e "$p.i" ] || i=$p.i
        if [ "$sandboxed" = 1 ] && sandbox "$job" "$id" "$shell" "$state" "$blocks"; then flag=1; else
            (become "$p.c" "$shell" "$id" "$state" "$p.v" "$p.k" "$blocks" "$p.r") <"$i" >>"$p.o" 2>>"$p.e"
            status=$?
        fi
        # What is left in its group ends with it; so does, if it had to be stopped, whatever fled from there.
        pid='' why=-
        { read -r pid line <"$p.r" && read -r why <"$p.w"; } 2>/dev/null
        case $pid in '' | *[!0-9]* | 1) why=never ;; *) kill -KILL "-$pid" 2>/dev/null ;; esac
        [ "$why" = - ] || sweep "$id"
        if [ "$status" = gone ]; then line=gone; else line="$status $why $flag"; fi
        printf '%s\n' "D $job $line" 1<>"$SCRATCH/q"
    done
}

identify
exec 3>&1
read_frames 3>&- | work | start_scripts 3>&- >/dev/null 2>&1
