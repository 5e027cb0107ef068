# shellcheck shell=bash disable=SC2154
# Faults: scripts that break a node the way it breaks in the field. Each runs inside the node as root; one that ends in
# .host runs on this machine, with the node's name, since it needs a disk.

fault_list() {
    local file
    for file in "$here"/faults/*/*; do
        printf '%-30s %s\n' "$(realpath --relative-to="$here/faults" "${file%.host}")" "$(sed -n '2s/^# //p' "$file")"
    done
}

lab_fault() {
    local fault=$1 list name init
    shift
    mapfile -t list < <(named "$@")
    need_nodes "${list[@]}"
    if [ -e "$here/faults/$fault.host" ]; then
        for name in "${list[@]}"; do RUNBOOK_LAB_DIR=$dir "$here/faults/$fault.host" "$name" || fail "$fault on $name"; done
        return
    fi
    [ -e "$here/faults/$fault" ] || fail "no fault $fault: lab fault"
    for name in "${list[@]}"; do
        node_init "$name"
        [ -n "$init" ] || fail "$name is off"
        node_run "$init" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C \
            DEBIAN_FRONTEND=noninteractive sh -eu -s <"$here/faults/$fault" >"$dir/nodes/$name/fault.log" 2>&1 || {
            cat "$dir/nodes/$name/fault.log" >&2
            fail "$fault on $name"
        }
    done
}

plain_fault() { fail "a plain lab has no faults"; }
