# shellcheck shell=bash disable=SC2154
# One holder process per lab: first process of its own pid, mount and network namespace. All nodes and their mounts live
# in these, so that the end of the holder is the end of the lab, and two labs never see each other.

# Whether this machine can do it, found by trying. Prints why not.
net_possible() {
    local out
    out=$(unshare --net --mount --pid --fork --kill-child --mount-proc true 2>&1) || { echo "$out"; return 1; }
    mkdir -p "$cache" || { echo "cannot write $cache"; return 1; }
    (tools_install) >&2 || { echo "systemd-nspawn and debootstrap are missing"; return 1; }
    local try
    try=$(mktemp -d "$dir/try.XXXXXX")
    mkdir "$try/lower" "$try/upper" "$try/work" "$try/root"
    out=$(unshare --mount --propagation private mount -t overlay overlay \
        -o "lowerdir=$try/lower,upperdir=$try/upper,workdir=$try/work" "$try/root" 2>&1) || { rm -rf "$try"; echo "$out"; return 1; }
    rm -rf "$try"
}

net_start() {
    # systemd needs some 20 inotify instances a node; the kernel's default of 128 lets a handful boot.
    local instances
    instances=$(cat /proc/sys/fs/inotify/max_user_instances)
    [ "$instances" -ge 8192 ] || echo 8192 >/proc/sys/fs/inotify/max_user_instances
    # The loop reaps what nodes leave behind, as the first process of a pid namespace has to.
    setsid unshare --net --mount --propagation slave --pid --fork --kill-child --mount-proc \
        sh -c 'while :; do sleep 5; done' runbook-lab </dev/null >/dev/null 2>&1 8>&- &
    local parent=$! i
    for ((i = 0; i < 200; i++)); do
        child_of "$parent"
        holder=$found
        if [ -n "$holder" ] && comm_of "$holder" && [ "$found" = sh ]; then break; fi
        sleep 0.05
    done
    [ -n "$holder" ] || fail "the namespaces could not be made"
    start_time "$holder"
    holder_start=$found
    # systemd-nspawn keeps locks and mounts there by machine name, which two labs may share.
    mkdir -p /run/systemd/nspawn
    nsenter -t "$holder" --mount --root --wd mount -t tmpfs tmpfs /run/systemd/nspawn
    # It also wants this machine's id, which a container may lack.
    if ! grep -qsE '^[0-9a-f]{32}$' /etc/machine-id; then
        tr -d - </proc/sys/kernel/random/uuid >"$dir/machine-id"
        [ -e /etc/machine-id ] || : >/etc/machine-id
        nsenter -t "$holder" --mount --root --wd mount --bind "$dir/machine-id" /etc/machine-id
    fi
    local enter=(nsenter -t "$holder" --net)
    "${enter[@]}" ip link set lo up
    "${enter[@]}" ip link add br0 type bridge
    "${enter[@]}" ip addr add 198.18.0.1/16 dev br0
    "${enter[@]}" ip link set br0 up
}

# These leave what they found in $found and start no other process: labs are asked things by the thousand.

# The first line of a file below /proc: empty where the process is gone.
line_of() {
    found=''
    { read -r found <"/proc/$1"; } 2>/dev/null || true
}

comm_of() { line_of "$1/comm"; }

children_of() { line_of "$1/task/$1/children"; }

child_of() {
    children_of "$1"
    found=${found%% *}
}

# When a process began: with its id, a name that is never given twice.
start_time() {
    line_of "$1/stat"
    # shellcheck disable=SC2086
    set -- ${found##*) }
    found=${20-}
}

holder_lives() {
    start_time "$holder"
    [ "$found" = "$holder_start" ]
}

need_holder() { holder_lives || fail "the lab in $dir is not running: lab down --dir $dir"; }

lab_in() {
    need_holder
    [ $# -gt 0 ] || { usage >&2; exit 64; }
    exec nsenter -t "$holder" --net env RUNBOOK_LAB_DIR="$dir" "$@"
}

lab_ssh() {
    need_holder
    [ $# -gt 0 ] || { usage >&2; exit 64; }
    exec nsenter -t "$holder" --net ssh -F "$dir/ssh_config" "$@"
}
