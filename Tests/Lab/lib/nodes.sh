# shellcheck shell=bash disable=SC2154
# Nodes: an overlay over the images, an init of their own, an address on the lab's bridge.

real_up() {
    local with_pid=$1 n all_roles=()
    mapfile -t all_roles < <(printf '%s\n' "${node_roles[@]}" | tr ' ' '\n' | sort -u | grep . || true)
    layers_build
    for n in "${!names[@]}"; do
        # shellcheck disable=SC2086
        [ -z "${node_roles[n]}" ] || (exec 8>"$cache/.lock"; flock 8; roles_build ${node_roles[n]})
        # shellcheck disable=SC2086
        [ -z "${node_roles[n]}" ] || built_build_all ${node_roles[n]}
    done
    net_start
    {
        printf 'mode=real\nname=%q\nholder=%q\nholder_start=%q\n' "$name" "$holder" "$holder_start"
    } >"$dir/lab.conf"
    if [ -n "$with_pid" ]; then watch_pid "$with_pid"; fi
    mkdir -p "$dir/shared"
    site_write
    local role
    for role in "${all_roles[@]}"; do role_layer "$role"; done
    for n in "${!names[@]}"; do
        node_make "$n"
    done
    cp -a "$dir/shared" "$dir/shared.first"
    for n in "${!names[@]}"; do node_boot "${names[n]}"; done
    nodes_wait "${names[@]}"
}

# Ends the lab when a process (a test) ends, whatever ended it.
watch_pid() {
    local started
    start_time "$1"
    started=$found
    [ -n "$started" ] || fail "no process $1"
    # It waits at a pipe that never says anything: no process a second, in each lab.
    # shellcheck disable=SC2016
    setsid bash -c '
        exec {never}<> <(:)
        while { read -r line <"/proc/$1/stat"; } 2>/dev/null && read -r -a fields <<<"${line##*) }" && [ "${fields[19]-}" = "$2" ]; do
            read -r -t 1 -u "$never" || :
        done
        exec "$3" down --dir "$4"' watch "$1" "$started" "$here/lab" "$dir" </dev/null >/dev/null 2>&1 &
}

# What a role brings to a node from this folder: its files, and what its install script makes of them.
role_layer() {
    local role=$1 root=$dir/layers/$1
    mkdir -p "$root"
    [ ! -d "$here/roles/$role/files" ] || cp -a "$here/roles/$role/files/." "$root/"
    if [ -e "$here/roles/$role/install.sh" ]; then
        (export here dir root role; bash -eu "$here/roles/$role/install.sh") || fail "role $role could not be installed"
    fi
}

node_make() {
    local n=$1 name=${names[$1]} node role lower
    node=$dir/nodes/$name
    mkdir -p "$node/keys"
    # shellcheck disable=SC2086
    lower=$(layer_paths ${node_roles[n]})
    lower=$dir/layers/all:$lower
    for role in ${node_roles[n]}; do lower=$dir/layers/$role:$lower; done
    printf '%s\n' "$lower" >"$node/lower"
    printf '%s\n' "${addresses[n]}" >"$node/address"
    printf '%s\n' "${node_roles[n]}" >"$node/roles"
    local id
    id=$(</proc/sys/kernel/random/uuid)
    printf '%s\n' "${id//-/}" >"$node/machine-id"
    ssh-keygen -q -t ed25519 -N '' -C "root@$name" -f "$node/keys/ssh_host_ed25519_key"
    ssh-keygen -q -t ecdsa -N '' -C "root@$name" -f "$node/keys/ssh_host_ecdsa_key"
    site_known_host "$name" "${addresses[n]}" "$node"/keys/*.pub
}

# An empty overlay, and in it what makes this node itself.
node_fill() {
    local name=$1 node=$dir/nodes/$1 root=$dir/nodes/$1/root
    mkdir -p "$node/upper" "$node/work" "$root"
    inside mount -t overlay overlay -o "lowerdir=$(<"$node/lower"),upperdir=$node/upper,workdir=$node/work" "$root" ||
        fail "the overlay of $name could not be mounted"
    [ ! -e "$node/filled" ] || return 0
    # shellcheck disable=SC2016
    inside bash -euc '
        node=$1 name=$2 root=$1/root
        echo "$name" > "$root/etc/hostname"
        cp "$node/machine-id" "$root/etc/machine-id"
        install -m 0600 "$node"/keys/ssh_host_*_key "$root/etc/ssh/"
        install -m 0644 "$node"/keys/ssh_host_*_key.pub "$root/etc/ssh/"
        mkdir -p "$root/etc/systemd/network" "$root/etc/lab"
        printf "[Match]\nName=host0\n\n[Network]\nAddress=%s/16\nLinkLocalAddressing=no\n" "$(cat "$node/address")" \
            > "$root/etc/systemd/network/10-host0.network"
        tr " " "\n" < "$node/roles" > "$root/etc/lab/roles"' fill "$node" "$name"
    : >"$node/filled"
}

# A command in the lab's own mount, network and pid namespace.
inside() { nsenter -t "$holder" --mount --net --pid --root --wd "$@"; }

node_boot() {
    local name=$1 node=$dir/nodes/$1 group own=()
    node_fill "$name"
    # Each node gets cgroups of its own, else every node's systemd would manage the same ones.
    for group in /sys/fs/cgroup/*/; do
        [ ! -w "$group/cgroup.procs" ] || own+=("${group}runbook-lab-$holder-$name")
    done
    [ ${#own[@]} = 0 ] || mkdir -p "${own[@]}"
    # The role `measured`: the processors are its before they are any other node's, 20 shares to one.
    case " $(<"$node/roles") " in
    *" measured "*)
        for group in "${own[@]}"; do
            [ ! -e "$group/cpu.shares" ] || echo 20480 >"$group/cpu.shares"
            [ ! -e "$group/cpu.weight" ] || echo 2000 >"$group/cpu.weight"
        done ;;
    esac
    # shellcheck disable=SC2016
    setsid bash -c '
        for procs in /sys/fs/cgroup/*/"$1"/cgroup.procs; do echo $$ > "$procs" 2>/dev/null; done
        while :; do
            binds=()
            # What btrfs asks the kernel about its devices.
            [ ! -d /sys/fs/btrfs ] || binds+=(--bind-ro=/sys/fs/btrfs)
            for disk in "$3"/disks/*.device; do
                [ ! -e "$disk" ] || binds+=("--bind=$(cat "$disk")" --bind=/dev/btrfs-control)
            done
            nsenter -t "$2" --mount --net --pid --root --wd systemd-nspawn --quiet --register=no --keep-unit --link-journal=no \
                --directory="$3/root" --machine="$4" --network-bridge=br0 --resolv-conf=off --timezone=off \
                --bind="$5:/var/lib/lab/shared" "${binds[@]}" --boot --console=passive
            # 133: the node asked for a reboot.
            [ $? = 133 ] || exit
        done' \
        boot "runbook-lab-$holder-$name" "$holder" "$node" "$name" "$dir/shared" </dev/null >"$node/log" 2>&1 8>&- &
    local pid=$!
    start_time "$pid"
    printf '%s %s\n' "$pid" "$found" >"$node/pid"
}

# The node's own init as this machine sees it, into $init: below the loop, nsenter and nspawn. Empty while the node is off.
node_init() {
    local pid inner
    init=''
    ! node_off "$1" || return 0
    read -r pid _ <"$dir/nodes/$1/pid"
    child_of "$pid"
    [ -n "$found" ] || return 0
    child_of "$found"
    [ -n "$found" ] || return 0
    children_of "$found"
    for pid in $found; do
        children_of "$pid"
        for inner in $pid $found; do
            comm_of "$inner"
            if [ "$found" = systemd ]; then init=$inner && return 0; fi
        done
    done
}

node_off() {
    local pid started
    read -r pid started <"$dir/nodes/$1/pid" 2>/dev/null || return 0
    start_time "$pid"
    [ "$found" != "$started" ]
}

wait_off() {
    local i
    for ((i = 0; i < 600; i++)); do
        if node_off "$1"; then
            inside umount "$dir/nodes/$1/root" 2>/dev/null || true
            return 0
        fi
        sleep 0.1
    done
    fail "$1 does not stop"
}

# Waits until each node greets as an SSH server and lets ordinary users in.
nodes_wait() {
    local name waiting=("$@") left deadline=$((SECONDS + ${RUNBOOK_LAB_WAIT:-180}))
    while [ ${#waiting[@]} -gt 0 ]; do
        left=()
        for name in "${waiting[@]}"; do
            if node_off "$name"; then
                say "$name did not boot:"
                tail -5 "$dir/nodes/$name/log" >&2
                exit 1
            fi
            node_answers "$name" || left+=("$name")
        done
        waiting=("${left[@]+"${left[@]}"}")
        if [ ${#waiting[@]} -gt 0 ]; then
            [ $SECONDS -lt $deadline ] || fail "no ssh after ${RUNBOOK_LAB_WAIT:-180} s: ${waiting[*]}"
            sleep 0.2
        fi
    done
    local init
    for name in "$@"; do
        node_init "$name"
        [ -z "$init" ] || node_run "$init" timeout 60 systemctl is-system-running --wait >/dev/null 2>&1 || true
    done
    nodes_wait_slurm
}

# Where there is a Slurm controller: until it has heard from every node that is on.
nodes_wait_slurm() {
    local controller init deadline=$((SECONDS + 60)) states
    controller=$(awk '/ slurm-controller( |$)/ { print $1 }' "$dir/plan")
    [ -n "$controller" ] || return 0
    node_init "$controller"
    [ -n "$init" ] || return 0
    while [ $SECONDS -lt $deadline ]; do
        states=$(node_run "$init" timeout 5 sinfo -h -N -o '%N %t' 2>/dev/null || true)
        if [ -n "$states" ] && ! awk '{ print $1 }' <(grep -E ' unk|\*$' <<<"$states" || true) | nodes_any_on; then return 0; fi
        sleep 0.2
    done
    say "Slurm has not heard from every node: $(tr '\n' ' ' <<<"$states")"
}

# Whether one of the named nodes is on.
nodes_any_on() {
    local name init
    while read -r name; do
        node_init "$name"
        [ -z "$init" ] || return 0
    done
    return 1
}

node_answers() {
    local init
    node_init "$1"
    [ -n "$init" ] || return 1
    # pam_nologin turns users away until the node has booted.
    [ ! -e "/proc/$init/root/run/nologin" ] && [ -e "/proc/$init/root/run/systemd/units" ] || return 1
    # shellcheck disable=SC2016
    nsenter -t "$holder" --net timeout 2 bash -c 'exec 3<>"/dev/tcp/$1/22" && read -r -t 2 line <&3 && [[ $line == SSH-2.0-* ]]' \
        answers "$(<"$dir/nodes/$1/address")" 2>/dev/null
}

need_nodes() {
    local name
    [ $# -gt 0 ] || { usage >&2; exit 64; }
    need_holder
    for name in "$@"; do [ -d "$dir/nodes/$name" ] || fail "no node $name in $dir"; done
}

# Node sets on the command line become names.
named() {
    local set
    for set in "$@"; do expand "$set"; done
}

lab_node() {
    local name=${1:-}
    need_nodes "$name"
    shift
    [ "${1:-}" != -- ] || shift
    local init
    node_init "$name"
    [ -n "$init" ] || fail "$name is off"
    [ $# -gt 0 ] || set -- bash -l
    exec nsenter -t "$init" --mount --uts --ipc --net --pid --root --wd \
        /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
        TERM="${TERM:-dumb}" "$@"
}

lab_start() {
    local list name
    mapfile -t list < <(named "$@")
    need_nodes "${list[@]}"
    for name in "${list[@]}"; do node_off "$name" || fail "$name is on"; done
    for name in "${list[@]}"; do node_boot "$name"; done
    nodes_wait "${list[@]}"
}

lab_stop() {
    local list name init
    mapfile -t list < <(named "$@")
    need_nodes "${list[@]}"
    for name in "${list[@]}"; do
        node_init "$name"
        [ -z "$init" ] || kill -s RTMIN+4 "$init"
    done
    for name in "${list[@]}"; do wait_off "$name"; done
}

# Power loss: the node's own init is killed, nothing is told.
lab_kill() {
    local list name init
    mapfile -t list < <(named "$@")
    need_nodes "${list[@]}"
    for name in "${list[@]}"; do
        node_init "$name"
        [ -z "$init" ] || kill -KILL "$init"
    done
    for name in "${list[@]}"; do wait_off "$name"; done
}

lab_reset() {
    local list name
    mapfile -t list < <(named "$@")
    lab_kill "${list[@]}"
    # Nobody of the lab is left who could know what was shared.
    if [ "$(printf '%s\n' "${list[@]}" | sort -u | wc -l)" = "$(wc -l <"$dir/plan")" ]; then
        find "$dir/shared" -mindepth 1 -delete
        cp -a "$dir/shared.first/." "$dir/shared/"
    fi
    for name in "${list[@]}"; do
        loops_free "$dir/nodes/$name"
        rm -rf "$dir/nodes/$name/upper" "$dir/nodes/$name/work" "$dir/nodes/$name/disks" "$dir/nodes/$name/filled"
        node_boot "$name"
    done
    nodes_wait "${list[@]}"
}

# An overlay's upper layer is what was written since the node's first boot.
lab_written() {
    local since=${1:-} list=() skipped=() name upper folder
    shift || true
    while [ $# -gt 0 ] && [ "$1" != -- ]; do list+=("$1"); shift; done
    shift || true
    need_nodes "${list[@]+"${list[@]}"}"
    for name in "${list[@]}"; do
        upper=$dir/nodes/$name/upper
        skipped=()
        for folder in /var /run /tmp /proc /sys /dev "$@"; do skipped+=(-o -path "$upper$folder"); done
        find "$upper" -xdev \( "${skipped[@]:1}" \) -prune -o -newerct "@$since" -printf "$name /%P\\n"
    done
}

lab_status() {
    local node name state init
    for node in "$dir"/nodes/*/; do
        name=$(basename "$node")
        init=''
        ! holder_lives || node_init "$name"
        state=off
        [ -z "$init" ] || state=on
        printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$(<"$node/address")" "$state" "${init:--}" "$(<"$node/roles")"
    done
}

# A disk: a sparse file behind a loop device, made known inside the node. Loop devices belong to the whole machine.
lab_loop() {
    local name=${1:-} size=${2:-} node=$dir/nodes/${1:-} image device init
    need_nodes "$name"
    [ -n "$size" ] || { usage >&2; exit 64; }
    node_init "$name"
    [ -n "$init" ] || fail "$name is off"
    mkdir -p "$node/disks" "$cache"
    image=$(mktemp "$node/disks/disk.XXXXXX")
    truncate -s "$size" "$image"
    device=$(flock "$cache/.loop.lock" losetup --find --show "$image") || fail "no loop device"
    printf '%s\n' "$device" >"$image.device"
    node_device "$init" "$device"
    [ ! -e /dev/btrfs-control ] || node_device "$init" /dev/btrfs-control
    printf '%s\n' "$device"
}

# The same device node inside the node's own /dev.
node_device() {
    local major minor kind=c
    [ ! -b "$2" ] || kind=b
    major=$((16#$(stat -c %t "$2")))
    minor=$((16#$(stat -c %T "$2")))
    # shellcheck disable=SC2016
    node_run "$1" sh -c '[ -e "$1" ] || mknod "$1" "$4" "$2" "$3"' device "$2" "$major" "$minor" $kind
}

node_run() {
    local init=$1
    shift
    nsenter -t "$init" --mount --uts --ipc --net --pid --root --wd "$@"
}

# Frees the loop devices over files below a folder.
loops_free() {
    local device file
    while read -r device file; do
        [[ $file != "$1"/* ]] || losetup -d "$device" 2>/dev/null || true
    done < <(losetup -l -n -O NAME,BACK-FILE 2>/dev/null || true)
}

lab_down() {
    local groups
    if holder_lives; then
        kill -KILL "$holder"
        while holder_lives; do sleep 0.05; done
    fi
    loops_free "$dir"
    for groups in /sys/fs/cgroup/*/runbook-lab-"$holder"-*; do
        [ ! -d "$groups" ] || find "$groups" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
    rm -rf "$dir/nodes" "$dir/layers" "$dir/shared" "$dir/shared.first" "$dir/lab.conf"
}
