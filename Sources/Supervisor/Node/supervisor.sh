# runbook's supervisor on a node, protocol RB2. POSIX sh: dash, bash, busybox ash. Nothing is installed.
#
# Standard input carries frames, standard output events. Every event line begins with "RB2" and a word that only the
# controller and this shell know, so nothing that a script or a login shell prints can pass for one. Output of scripts
# is kept in files and sent with its length, so it can't run into anything else.
umask 077
set -f
unset BASH_ENV ENV CDPATH IFS
for x in $(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p'); do
    case $x in HOME | PATH | PWD | _) ;; *) unset "$x" 2>/dev/null ;; esac
done
LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
trap : HUP PIPE TERM
printf 'RB2 READY\n'
IFS= read -r session || exit 0

say() { printf 'RB2 %s %s\n' "$session" "$*" || exit 1; }
fatal() { say "FATAL $*"; exit 1; }

# --- where state is kept -------------------------------------------------------------------------------------------
uid=$(id -u) || exit 1

# A folder of our own that nobody else can have planted: made by us, or ours with nobody else's access.
own() {
    [ ! -L "$1" ] || return 1
    mkdir -m 700 "$1" 2>/dev/null && return 0
    [ -d "$1" ] || return 1
    # shellcheck disable=SC2046
    set -- "$1" $(ls -ldn "$1")
    case $2 in drwx------*) [ "$4" = "$uid" ] ;; *) return 1 ;; esac
}
if [ "$uid" = 0 ]; then kept=/var/lib/runbook-node fast=/run/runbook-node; else
    kept=/var/tmp/rb-$uid fast=/dev/shm/rb-$uid
fi
own "$kept" || fatal "unusable the state folder $kept cannot be made, or belongs to somebody else, or others may write in it"
own "$fast" 2>/dev/null || fast=$kept/fast
own "$fast" || fatal "unusable the folder $fast cannot be made, or belongs to somebody else, or others may write in it"
for x in state guard; do own "$kept/$x" || fatal "unusable $kept/$x cannot be made or is not ours"; done

read -r boot </proc/sys/kernel/random/boot_id || boot=-
read -r machine 2>/dev/null </etc/machine-id || machine=-
read -r host </proc/sys/kernel/hostname || host=-
distribution=- release=-
if [ -r /etc/os-release ]; then
    while IFS='=' read -r x y; do
        y=${y#[\"\']} y=${y%[\"\']}
        case $x in ID) distribution=$y ;; VERSION_ID) release=$y ;; esac
    done </etc/os-release
fi
units=no
if [ "$uid" = 0 ] && [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then units=yes; fi

if command -v sha256sum >/dev/null; then digest() { sha256sum <"$1"; }
elif command -v shasum >/dev/null; then digest() { shasum -a 256 <"$1"; }
elif command -v openssl >/dev/null; then digest() { openssl dgst -sha256 -r <"$1"; }
else fatal 'unusable none of sha256sum, shasum and openssl is there'
fi

# --- processes -----------------------------------------------------------------------------------------------------
# Whether the process that wrote FILE ("pid start boot") still is that process.
alive() {
    read -r p t b 2>/dev/null <"$1" || return 1
    [ "$b" = "$boot" ] && [ "${p:-0}" -gt 1 ] || return 1
    read -r s 2>/dev/null <"/proc/$p/stat" || return 1
    s=${s##*) }
    set -- $s
    [ "${20}" = "$t" ] && [ "$1" != Z ]
}
read -r x </proc/$$/stat; x=${x##*) }; set -- $x; me="$$ ${20} $boot"

# Runs a script in a folder of its own: DIR SHELL. The script starts as in a fresh shell.
# The shell ignores INT and QUIT for whatever it starts beside itself; where env can give them back, it does.
fresh=
if env --default-signal=INT,QUIT true 2>/dev/null; then fresh='env --default-signal=INT,QUIT'; fi
launch='cd /; umask 022; ulimit -c 0 2>/dev/null; d=$1 s=$2; set --; . "$d/env"; exec '$fresh' "$s" "$d/cmd"'

# Runs a launch and writes how it ended: DIR BOOT TIMEOUT GRACE LIMIT SHELL SANDBOX UNIT ID. The launch is in a file
# beside it, since systemd would read the dollar signs of an argument as its own.
# It outlives the connection. What is still there of the script after its time, by its group or by the mark in its
# environment, is ended from here, so no process id is ever taken on trust.
finish='cd /; d=$1 boot=$2 limit_s=$3 grace=$4 limit=$5 shell=$6 sandbox=$7 unit=$8 id=$9 launch=${0%finish}launch
trap : TERM INT HUP PIPE
read -r s </proc/$$/stat; s=${s##*) }; set -- $s
printf "%s %s %s\n" $$ "${20}" "$boot" >"$d/pid" && printf "%-40s\n" LOST >"$d/rc.new" || exit 0
mkdir "$d/go" 2>/dev/null || exit 0
if [ "$sandbox" = - ]; then
    setsid sh "$launch" "$d" "$shell" <"$d/in" >"$d/o" 2>"$d/e" &
else
    set -f; IFS=" "
    systemd-run --quiet --wait --collect --pipe --unit="$unit" -p KillMode=control-group -p TimeoutStopSec="$grace" \
        -p ProtectSystem=strict -p ProtectHome=read-only -p PrivateTmp=yes -p ReadWritePaths="-$sandbox" \
        sh "$launch" "$d" "$shell" <"$d/in" >"$d/o" 2>"$d/e" &
fi
step=$!
end() {
    printf "%s\n" "$1" >"$d/why"
    [ "$sandbox" = - ] || systemctl stop "$unit" 2>/dev/null
    kill -TERM "-$step" 2>/dev/null; kill -TERM "$step" 2>/dev/null
    n=0
    while [ $n -lt "$grace" ] && kill -0 "-$step" 2>/dev/null; do sleep 1; n=$((n + 1)); done
    kill -KILL "-$step" 2>/dev/null; kill -KILL "$step" 2>/dev/null
    n=0
    while [ $n -lt 5 ]; do
        found=
        for f in $(grep -ls "RUNBOOK_INVOCATION=$id" /proc/[0-9]*/environ 2>/dev/null); do
            f=${f#/proc/}; f=${f%/environ}
            [ "$f" = $$ ] || { kill -KILL "$f" 2>/dev/null && found=1; }
        done
        [ -n "$found" ] || break
        n=$((n + 1))
    done
}
(
    trap - TERM
    n=0
    while [ "$n" -lt $((limit_s * 2)) ]; do
        sleep 0.5 2>/dev/null || { sleep 1; n=$((n + 1)); }
        n=$((n + 1))
        [ -e "$d/go" ] && [ ! -e "$d/rc" ] || exit
        [ ! -e "$d/stop" ] || { trap : TERM; end CANCELLED; exit; }
        if [ $((n % 2)) = 0 ]; then
            size=0
            for f in o e; do [ ! -s "$d/$f" ] || size=$((size + $(wc -c <"$d/$f"))); done
            [ "$size" -le "$limit" ] || { trap : TERM; end LIMIT; exit; }
        fi
    done
    trap : TERM
    end TIMEOUT
) </dev/null >/dev/null 2>&1 &
watch=$!
while :; do wait "$step"; r=$?; kill -0 "$step" 2>/dev/null || break; done
if [ -e "$d/why" ]; then wait "$watch"; else kill "$watch" 2>/dev/null; fi
why=-
[ ! -s "$d/why" ] || read -r why <"$d/why"
if [ -s "$d/secret" ]; then read -r s <"$d/secret" && rm -rf "$s"; fi
printf "%-40s\n" "$r $why" 1<>"$d/rc.new" && mv -f "$d/rc.new" "$d/rc"
[ ! -e "$d/sync" ] || sync'

# --- frames --------------------------------------------------------------------------------------------------------
# Lines up to the line NONCE into FILE. False at the end of the input or when the file could not be written.
take() {
    whole='' written=yes
    while IFS= read -r line; do
        if [ "$line" = "$1" ]; then whole=yes; break; fi
        printf '%s\n' "$line" || written=
    done >"$2"
    if [ -z "$whole" ]; then
        [ -z "$d" ] || rm -rf "$d"
        exit 0
    fi
    [ -n "$written" ]
}

# A payload that is not wanted.
skip() {
    d=''
    for x in cmd env secrets in; do take "$1" /dev/null; done
}

# A whole payload into the folder DIR: script, environment, secrets, input. True when every byte of it is there.
payload() {
    d=$1 nonce=$2 sha=$3 id=$4 state=$5 sound=yes
    for x in cmd env secrets in; do take "$nonce" "$d/$x" || sound=; done
    [ -n "$sound" ] || return 1
    x=$(digest "$d/cmd") || return 1
    [ "${x%% *}" = "$sha" ] || return 1
    if [ -s "$d/in" ]; then
        base64 -d <"$d/in" >"$d/in.raw" && mv -f "$d/in.raw" "$d/in" || return 1
    fi
    {
        printf 'export RUNBOOK_INVOCATION=%s RUNBOOK_STATE=%s\n' "$id" "$kept/state/$state"
        [ -z "${HOME-}" ] || printf 'export HOME\n'
    } >>"$d/env" || return 1
    if [ -s "$d/secrets" ]; then
        place=$fast/secret.$id
        rm -rf "$place"
        mkdir "$place" && printf '%s\n' "$place" >"$d/secret" || return 1
        while read -r name x; do
            printf '%s' "$x" | base64 -d >"$place/$name" || return 1
            printf "export %s_file='%s'\n" "$name" "$place/$name" >>"$d/env" || return 1
        done <"$d/secrets"
    fi
    rm -f "$d/secrets"
    [ -d "$kept/state/$state" ] || mkdir -m 700 "$kept/state/$state"
}

# The part of a stream that was not sent yet: FILE LETTER OFFSET. Sets `offset` to what was sent by then.
emit() {
    offset=$3
    [ -s "$1" ] || return 0
    size=$(($(wc -c <"$1")))
    [ "$size" -le "$limit" ] || size=$limit
    [ "$size" -gt "$offset" ] || return 0
    say "DATA $id $2 $offset $((size - offset))"
    if [ "$offset" = 0 ]; then head -c "$size" "$1"; else tail -c +"$((offset + 1))" "$1" | head -c "$((size - offset))"; fi
    offset=$size
}

# How the invocation in DIR ended: ID DIR.
ended() {
    read -r r why <"$2/rc" || r=LOST
    size_o=0 size_e=0
    [ ! -s "$2/o" ] || size_o=$(($(wc -c <"$2/o")))
    [ ! -s "$2/e" ] || size_e=$(($(wc -c <"$2/e")))
    say "END $1 $r ${why:--} $size_o $size_e"
}

# Sends a guarded invocation's output as it comes and then its end: ID DIR OFFSET OFFSET.
follow() {
    id=$1 d=$2 at_o=$3 at_e=$4 nap=0.01 last=''
    while :; do
        [ ! -e "$d/rc" ] || last=yes
        emit "$d/o" o "$at_o"; at_o=$offset
        emit "$d/e" e "$at_e"; at_e=$offset
        [ -z "$last" ] || { ended "$id" "$d"; return; }
        if [ -s "$d/pid" ] && ! alive "$d/pid" && [ ! -e "$d/rc" ]; then
            if mkdir "$d/go" 2>/dev/null; then : >"$d/nostart"; say "NOSTART $id"; else say "LOST $id"; fi
            return
        fi
        if [ -e "$d/nostart" ]; then say "NOSTART $id"; return; fi
        sleep "$nap" 2>/dev/null || sleep 1
        case $nap in 0.01) nap=0.02 ;; 0.02) nap=0.05 ;; 0.05) nap=0.1 ;; 0.1) nap=0.25 ;; *) nap=0.5 ;; esac
        # A claim whose finisher never came up.
        if [ ! -e "$d/pid" ]; then
            waited=$((${waited:-0} + 1))
            if [ "$waited" -gt 20 ] && mkdir "$d/go" 2>/dev/null; then : >"$d/nostart"; say "NOSTART $id"; return; fi
        fi
    done
}

plain() { # ID TIMEOUT GRACE LIMIT SHELL SANDBOX UNIT
    sh "$fast/$$.finish" "$d" "$boot" "$2" "$3" "$4" "$5" "$6" "$7" "$1" </dev/null >/dev/null 2>&1
    id=$1 limit=$4
    emit "$d/o" o 0
    emit "$d/e" e 0
    if [ -e "$d/rc" ]; then ended "$id" "$d"; else say "NOSTART $id"; fi
    rm -rf "$fast/secret.$id" "$d"
}

guarded() { # ID TIMEOUT GRACE LIMIT SHELL UNIT
    printf '%s\n' "$finish" >"$d/finish" && printf '%s\n' "$launch" >"$d/launch" || return 1
    set -- "$d/finish" "$d" "$boot" "$2" "$3" "$4" "$5" - "$6" "$1"
    if [ "$units" = yes ] && systemd-run --quiet --collect --unit="$9" -p KillMode=process -p TimeoutStopSec="$5" \
        sh "$@" </dev/null >/dev/null 2>&1; then
        return 0
    fi
    setsid sh "$@" </dev/null >/dev/null 2>&1 &
}

clean_id() { case $1 in '' | .* | *[!0-9a-f.]*) fatal "violation '$1' is no id" ;; esac; }

fire='d=$1; mv "$d/armed" "$d/fired" 2>/dev/null || exit 0
sh "$d/launch" "$d" "$2" <"$d/in" >"$d/o" 2>"$d/e"
echo $? >"$d/rc"'

# The timer is enabled, so after a reboot it starts anew and fires that long after the boot.
arm() { # ID DELAY SHELL
    printf '%s' "$fire" >"$d/fire" && printf '%s' "$launch" >"$d/launch" && : >"$d/armed" || return 1
    if [ "$units" = yes ]; then
        unit=runbook-guard-$(printf %s "$1" | tr . -)
        printf '[Unit]\nDescription=undo of a runbook step\n[Service]\nType=oneshot\nExecStart=/bin/sh %s/fire %s %s\n' \
            "$d" "$d" "$3" >"/etc/systemd/system/$unit.service" &&
            printf '[Unit]\nDescription=undo of a runbook step\n[Timer]\nOnActiveSec=%s\nAccuracySec=1s\n[Install]\nWantedBy=timers.target\n' \
                "$2" >"/etc/systemd/system/$unit.timer" &&
            sync && systemctl daemon-reload && systemctl --quiet enable --now "$unit.timer"
    else
        setsid sh -c 'sleep "$3"; exec sh "$1/fire" "$1" "$2"' rb "$d" "$3" "$2" </dev/null >/dev/null 2>&1 &
    fi
}

disarm() { # ID
    d=$kept/guard/$1
    if mv "$d/armed" "$d/disarmed" 2>/dev/null; then say "DISARMED $1"; else
        if [ -e "$d/disarmed" ]; then say "DISARMED $1"
        elif [ -e "$d/fired" ]; then
            n=0
            while [ ! -s "$d/rc" ] && [ $n -lt 600 ]; do sleep 0.5 2>/dev/null || sleep 1; n=$((n + 1)); done
            say "FIRED $1"
        else say "UNARMED $1"
        fi
    fi
    if [ "$units" = yes ]; then
        unit=runbook-guard-$(printf %s "$1" | tr . -)
        systemctl --quiet disable --now "$unit.timer" 2>/dev/null
        rm -f "/etc/systemd/system/$unit.service" "/etc/systemd/system/$unit.timer"
        systemctl daemon-reload
    fi
}

# Whether a guarded invocation of RUN still goes on here.
busy() {
    set +f
    for x in "$kept/$1".*; do
        if [ -d "$x" ] && [ ! -e "$x/rc" ] && alive "$x/pid"; then set -f; return 0; fi
    done
    set -f
    return 1
}

lease() { # RUN FENCE
    n=0
    until mkdir "$kept/lease.lock" 2>/dev/null; do
        n=$((n + 1))
        if [ $n -gt 40 ]; then rmdir "$kept/lease.lock" 2>/dev/null; n=0; fi
        sleep 0.05 2>/dev/null || sleep 1
    done
    holder='' fence=0
    [ ! -s "$kept/lease" ] || read -r holder fence x <"$kept/lease"
    taken=
    if [ -n "$holder" ] && [ "$holder" != "$1" ]; then
        printf '%s\n' "$x" >"$kept/lease.pid"
        if alive "$kept/lease.pid" || busy "$holder"; then taken=yes; fi
    elif [ "$holder" = "$1" ] && [ "$2" -lt "$fence" ]; then taken=yes
    fi
    if [ -n "$taken" ]; then rmdir "$kept/lease.lock"; say "BUSY $holder"; return; fi
    if printf '%s %s %s\n' "$1" "$2" "$me" >"$kept/lease.new" && mv -f "$kept/lease.new" "$kept/lease"; then
        rmdir "$kept/lease.lock"
        say "LEASED $1"
    else
        rmdir "$kept/lease.lock"
        say 'FATAL nospace the lease could not be written'
    fi
    find "$kept" "$kept/state" "$kept/guard" -mindepth 1 -maxdepth 1 -name '*.*' -mtime +30 -exec rm -rf {} + 2>/dev/null
}

# Takes up what was claimed before: ID SHA OFFSET OFFSET.
resume() {
    d=$kept/$1 x='' y=''
    [ ! -s "$d/meta" ] || read -r x y <"$d/meta"
    # A claim without a word on what was claimed: its supervisor was ended there, and nothing was started.
    if [ -z "$x" ] && mkdir "$d/go" 2>/dev/null; then
        : >"$d/nostart"
        printf '%s %s\n' "$2" "$machine" >"$d/meta"
        say "NOSTART $1"
        return
    fi
    if [ "$x" != "$2" ] || [ "$y" != "$machine" ]; then
        say "MISMATCH $1"
        return
    fi
    say "ATTACH $1"
    current=$d
    follow "$1" "$d" "$3" "$4" </dev/null &
    job=$!
}

say "HELLO 2 $boot $machine $uid ${host:--} $units ${distribution:--} ${release:--}"

job='' current=''
settle() { [ -z "$job" ] || wait "$job"; job='' current=''; }
serial=0

while IFS= read -r frame; do
    set -- $frame
    case $1 in
    RUN) # id nonce sha timeout grace limit shell sandbox state
        settle
        clean_id "$2"
        serial=$((serial + 1)) d=$fast/run.$$.$serial
        mkdir "$d" 2>/dev/null || { rm -rf "$d"; mkdir "$d"; }
        if [ ! -s "$fast/$$.finish" ]; then
            printf '%s\n' "$launch" >"$fast/$$.launch" || fatal nospace
            printf '%s\n' "$finish" >"$fast/$$.finish" || fatal nospace
        fi
        if payload "$d" "$3" "$4" "$2" "${10}"; then
            current=$d
            sandbox=-
            if [ "$9" = yes ] && [ "$units" = yes ]; then
                [ -n "${boxes-}" ] || { if systemd-run --quiet --wait --collect --pipe -p ProtectSystem=strict true \
                    </dev/null >/dev/null 2>&1; then boxes=yes; else boxes=no; fi; }
                [ "$boxes" = no ] || sandbox=$kept/state/${10}
            fi
            say "START $2 $sandbox"
            plain "$2" "$5" "$6" "$7" "$8" "$sandbox" "runbook-probe-$$-$serial" </dev/null &
            job=$!
        else
            rm -rf "$fast/secret.$2" "$d"
            say "REFUSED $2 nospace"
        fi
        ;;
    STEP) # id nonce sha timeout grace limit shell once state offset offset
        settle
        clean_id "$2"
        d=$kept/$2 limit=$7
        if mkdir "$d" 2>/dev/null; then
            if printf '%s %s\n' "$4" "$machine" >"$d/meta" && payload "$d" "$3" "$4" "$2" "${10}"; then
                [ "$9" = no ] || { : >"$d/sync"; sync; }
                if guarded "$2" "$5" "$6" "$7" "$8" "runbook-$(printf %s "$2" | tr . -)"; then
                    say "START $2 -"
                    current=$d
                    follow "$2" "$d" "${11}" "${12}" </dev/null &
                    job=$!
                    continue
                fi
            fi
            if mkdir "$d/go" 2>/dev/null; then rm -rf "$d" "$fast/secret.$2"; fi
            say "REFUSED $2 nospace"
            continue
        fi
        skip "$3"
        resume "$2" "$4" "${11}" "${12}"
        ;;
    ATTACH) # id sha limit offset offset
        settle
        clean_id "$2"
        d=$kept/$2 limit=$4
        if mkdir "$d" 2>/dev/null; then
            mkdir "$d/go"
            : >"$d/nostart"
            printf '%s %s\n' "$3" "$machine" >"$d/meta"
            say "NOSTART $2"
        else
            resume "$2" "$3" "$5" "$6"
        fi
        ;;
    STOP)
        clean_id "$2"
        if [ -d "$kept/$2" ]; then : >"$kept/$2/stop"
        elif [ -n "$current" ] && [ -d "$current" ]; then : >"$current/stop"
        fi
        ;;
    ACK)
        settle
        clean_id "$2"
        if [ -e "$kept/$2/rc" ]; then
            rm -f "$kept/$2/o" "$kept/$2/e" "$kept/$2/cmd" "$kept/$2/env" "$kept/$2/in" "$kept/$2/secret"
            : >"$kept/$2/acknowledged"
        fi
        say "DONE $2"
        ;;
    ARM) # id nonce sha delay shell state
        settle
        clean_id "$2"
        rm -rf "$kept/guard/$2"
        mkdir "$kept/guard/$2"
        if payload "$kept/guard/$2" "$3" "$4" "$2" "$7" && arm "$2" "$5" "$6"; then say "ARMED $2"
        else say "REFUSED $2 nospace"; fi
        ;;
    DISARM) settle; clean_id "$2"; disarm "$2" ;;
    LEASE) settle; clean_id "$2"; lease "$2" "$3" ;;
    RELEASE)
        settle
        clean_id "$2"
        holder=
        [ ! -s "$kept/lease" ] || read -r holder x <"$kept/lease"
        [ "$holder" != "$2" ] || rm -f "$kept/lease"
        say "DONE $2"
        ;;
    BYE) settle; break ;;
    *) fatal "violation unknown frame" ;;
    esac
done

# The controller is gone: read-only work dies with it, guarded work goes on.
case $current in "$fast"/*) : 2>/dev/null >"$current/stop" ;; esac
[ -n "$current" ] || rm -f "$fast/$$.finish" "$fast/$$.launch"
exit 0
