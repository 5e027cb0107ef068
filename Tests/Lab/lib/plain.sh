# shellcheck shell=bash disable=SC2154
# Where namespaces are not allowed: plain sshd processes on 127.0.0.0/8. They share one file system, one user and one
# init, so only what the SSH side does can be tested on them.

plain_port=2222

plain_up() {
    local n node user
    command -v sshd >/dev/null || fail "sshd is missing: install openssh-server"
    user=$(id -un)
    mkdir -p "$dir/nodes"
    printf 'mode=plain\nname=%q\n' "$name" >"$dir/lab.conf"
    [ -e "$dir/id_ecdsa" ] || ssh-keygen -q -t ecdsa -N '' -C "runbook-lab-$name" -f "$dir/id_ecdsa"
    : >"$dir/known_hosts"
    [ "$(id -u)" != 0 ] || mkdir -p /run/sshd
    for n in "${!names[@]}"; do
        addresses[n]=127.${addresses[n]#*.}
        node=$dir/nodes/${names[n]}
        mkdir -p "$node"
        printf '%s\n' "${addresses[n]}" >"$node/address"
        : >"$node/roles"
        ssh-keygen -q -t ed25519 -N '' -f "$node/ssh_host_ed25519_key"
        ssh-keygen -q -t ecdsa -N '' -f "$node/ssh_host_ecdsa_key"
        local key type blob
        for key in "$node"/*.pub; do
            read -r type blob _ <"$key"
            printf '%s,[%s]:%s %s %s\n' "${names[n]}" "${addresses[n]}" $plain_port "$type" "$blob" >>"$dir/known_hosts"
        done
        {
            printf 'ListenAddress %s\nPort %s\nPidFile %s/sshd.pid\n' "${addresses[n]}" $plain_port "$node"
            printf 'HostKey %s\n' "$node/ssh_host_ed25519_key" "$node/ssh_host_ecdsa_key"
            printf 'AuthorizedKeysFile %s\nPasswordAuthentication no\nUsePAM no\nStrictModes no\n' "$dir/id_ecdsa.pub"
            printf 'PermitRootLogin prohibit-password\nSubsystem sftp internal-sftp\nSetEnv RUNBOOK_LAB_NODE=%s\n' "${names[n]}"
        } >"$node/sshd_config"
        plain_boot "${names[n]}"
    done
    site_ssh_config $plain_port "$user"
    site_inventory $plain_port "$user"
}

plain_boot() {
    local i
    "$(command -v sshd)" -f "$dir/nodes/$1/sshd_config" -E "$dir/nodes/$1/log" || fail "sshd of $1 did not start: $(tail -1 "$dir/nodes/$1/log")"
    for ((i = 0; i < 100; i++)); do
        [ ! -s "$dir/nodes/$1/sshd.pid" ] || { start_time "$(<"$dir/nodes/$1/sshd.pid")"; echo "$found" >"$dir/nodes/$1/started"; return 0; }
        sleep 0.05
    done
    fail "sshd of $1 did not start"
}

plain_in() { exec env RUNBOOK_LAB_DIR="$dir" "$@"; }
plain_ssh() { exec ssh -F "$dir/ssh_config" "$@"; }
plain_node() {
    shift
    [ "${1:-}" != -- ] || shift
    exec "$@"
}

plain_start() {
    local node
    for node in $(named "$@"); do plain_boot "$node"; done
}

plain_stop() {
    local node pid
    for node in $(named "$@"); do
        pid=$(cat "$dir/nodes/$node/sshd.pid" 2>/dev/null) || continue
        start_time "$pid"
        [ "$found" != "$(<"$dir/nodes/$node/started")" ] || kill -KILL "$pid"
        rm -f "$dir/nodes/$node/sshd.pid"
    done
}

plain_kill() { plain_stop "$@"; }

plain_reset() {
    plain_stop "$@"
    plain_start "$@"
}

plain_loop() { fail "a plain lab has no disks"; }

plain_status() {
    local node state
    for node in "$dir"/nodes/*/; do
        state=off
        [ ! -s "$node/sshd.pid" ] || state=on
        printf '%s\t%s\t%s\t%s\n' "$(basename "$node")" "$(<"$node/address")" "$state" "$(cat "$node/sshd.pid" 2>/dev/null || echo -)"
    done
}

plain_down() {
    local node
    for node in "$dir"/nodes/*/; do plain_stop "$(basename "$node")"; done
    rm -rf "$dir/nodes" "$dir/lab.conf"
}
