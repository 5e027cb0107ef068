# shellcheck shell=sh disable=SC2034,SC3013 # dash knows -nt; what others use is set here
# A file system named scratch as one server and its clients see it. What all nodes share is in $shared, which every node of the
# lab mounts; what lives in a node's kernel is in $live and is gone after a reboot.
#   $shared/persistent/PARAM   set by `lctl set_param -P`
#   $shared/jobs/JOB           RATE SINCE DONE: requests a second now, since when, and how many before that
#   $shared/rules/NAME         JOBS RATE: TBF rules, as long as the server has the tbf policy
#   $shared/osts               NAME KBYTES USED_KBYTES of each target, apart from what is really in the file system
#   $shared/quota/u.NAME, g.NAME  SOFT HARD (kbytes) SOFT HARD (files)
#   $shared/stripes            PATH LAYOUT
#   $shared/root               the files, mounted at /mnt/scratch on clients
#
# The model of the metadata server. A thread serves 50 requests a second.
#   offered         = sum of the jobs' rates, each capped by the rule that names it
#   threads_started = what the offered load needs, between threads_min and threads_max; never falls until a restart
#   req_qdepth      = what exceeds threads_max × 50 requests a second, over 10
#   req_waittime    = 200 µs + 1000 µs per queued request
# As in Lustre, stats add up since the service started: what happens now is the difference of two readings.
#   $live/stats                SECOND COUNT WAIT WAIT² DEPTH DEPTH² ACTIVE ACTIVE²: sums until that second
fs=scratch
shared=/var/lib/lab/shared/lustre
live=/run/lab/lustre
mount_point=/mnt/$fs
served=50

has_role() { grep -qx "$1" /etc/lab/roles; }

locked() {
    exec 7>>"$shared/.lock"
    flock 7
}

lustre_start() {
    mkdir -p "$live/set"
    mkdir -p "$shared/persistent" "$shared/jobs" "$shared/rules" "$shared/quota" "$shared/root"
    chmod 1777 "$shared/root"
    chmod 0666 "$shared/.lock" 2>/dev/null || { : > "$shared/.lock"; chmod 0666 "$shared/.lock"; }
    [ -e "$shared/osts" ] || for n in 0 1 2 3; do echo "$fs-OST000$n 104857600 31457280"; done > "$shared/osts"
    [ -e "$shared/stripes" ] || { : > "$shared/stripes"; chmod 0666 "$shared/stripes"; }
}

# The value of a parameter: the newer of what was set here and what was set for all, else its default.
value() {
    if [ -e "$live/set/$1" ] && [ ! "$shared/persistent/$1" -nt "$live/set/$1" ]; then cat "$live/set/$1"
    elif [ -e "$shared/persistent/$1" ]; then cat "$shared/persistent/$1"
    else printf '%s\n' "$2"; fi
}

# The rate at which a job's requests are served: what it offers, or what a rule leaves it.
job_rate() {
    rate=$(cut -d' ' -f1 "$shared/jobs/$1")
    if value_policy_is_tbf; then
        for rule in "$shared"/rules/*; do
            [ -e "$rule" ] || continue
            read -r jobs cap < "$rule"
            case " $(echo "$jobs" | tr , ' ') " in
            *" $1 "*) [ "$rate" -le "$cap" ] || rate=$cap ;;
            esac
        done
    fi
    echo "$rate"
}

value_policy_is_tbf() { [ -e "$shared/tbf" ]; }

offered() {
    sum=0
    for job in "$shared"/jobs/*; do
        [ -e "$job" ] || continue
        sum=$((sum + $(job_rate "${job##*/}")))
    done
    echo "$sum"
}

# Brings every job's count and the server's sums up to now. To be done before anything that changes a rate.
settle() (
    if has_role mds && [ -w "$live" ]; then
        stats_now > "$live/stats.new"
        mv "$live/stats.new" "$live/stats"
    fi
    now=$(date +%s)
    for job in "$shared"/jobs/*; do
        [ -e "$job" ] || continue
        read -r rate since before < "$job"
        echo "$rate $now $((before + $(job_rate "${job##*/}") * (now - since)))" > "$job.new"
        mv "$job.new" "$job"
    done
)

stats_now() (
    now=$(date +%s)
    read -r since count wait wait2 depth depth2 active active2 2>/dev/null < "$live/stats" || { since=$now count=0 wait=0 wait2=0 depth=0 depth2=0 active=0 active2=0; }
    n=$(($(offered) * (now - since)))
    d=$(queue_depth) a=$(threads_started)
    w=$((200 + d * 1000))
    echo "$now $((count + n)) $((wait + n * w)) $((wait2 + n * w * w)) $((depth + n * d)) $((depth2 + n * d * d)) $((active + n * a)) $((active2 + n * a * a))"
)

# Requests of a job so far, by the millisecond: two readings are a few seconds apart.
job_done() {
    read -r _ since before < "$shared/jobs/$1"
    echo "$((before + $(job_rate "$1") * ($(date +%s%3N) - since * 1000) / 1000))"
}

threads_started() (
    low=$(value mds.MDS.mdt.threads_min 16)
    high=$(value mds.MDS.mdt.threads_max 64)
    need=$((($(offered) + served - 1) / served))
    [ "$need" -ge "$low" ] || need=$low
    [ "$need" -le "$high" ] || need=$high
    so_far=$(cat "$live/threads_started" 2>/dev/null || echo 0)
    if [ "$need" -gt "$so_far" ]; then
        [ ! -w "$live" ] || echo "$need" > "$live/threads_started"
        echo "$need"
    else
        echo "$so_far"
    fi
)

queue_depth() (
    over=$(($(offered) - $(value mds.MDS.mdt.threads_max 64) * served))
    [ "$over" -gt 0 ] || over=0
    echo $((over / 10))
)
