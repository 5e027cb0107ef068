# shellcheck shell=bash disable=SC2154
# What a controller needs to know the lab: keys, known hosts, an inventory.

# Fills names, addresses, racks and node_roles: every --nodes argument (or part of one) has a /24 of its own.
site_plan() {
    local rack_size=$1 set n=0 list item
    shift
    names=() addresses=() racks=() node_roles=()
    local net=0
    for set in "$@"; do
        mapfile -t list < <(expand "$set")
        [ ${#list[@]} -le 254 ] || fail "more than 254 nodes in one --nodes"
        net=$((net + 1))
        n=0
        for item in "${list[@]}"; do
            [[ " ${names[*]-} " != *" $item "* ]] || fail "$item is named twice"
            names+=("$item")
            addresses+=("198.18.$net.$((n + 1))")
            racks+=("r$(((${#names[@]} - 1) / rack_size + 1))")
            node_roles+=('')
            n=$((n + 1))
        done
    done
}

# ROLE=SET arguments.
site_roles() {
    local argument role list item n found
    role_names=()
    for argument in "$@"; do
        role=${argument%%=*}
        [ "$role" != "$argument" ] || fail "--role wants ROLE=SET"
        [ -d "$here/roles/$role" ] || fail "no role $role: $(cd "$here/roles" && echo ./*)"
        mapfile -t list < <(expand "${argument#*=}")
        for item in "${list[@]}"; do
            found=''
            for n in "${!names[@]}"; do
                if [ "${names[n]}" = "$item" ]; then
                    node_roles[n]="${node_roles[n]:+${node_roles[n]} }$role"
                    found=yes
                fi
            done
            [ -n "$found" ] || fail "$item of --role $argument is not among the nodes"
        done
        role_names+=("$role")
    done
}

# NAME=SET arguments: groups of the inventory beside those of the roles.
site_groups() {
    local argument item list
    group_lines=''
    for argument in "$@"; do
        [ "${argument%%=*}" != "$argument" ] || fail "--group wants NAME=SET"
        mapfile -t list < <(expand "${argument#*=}")
        for item in "${list[@]}"; do [[ " ${names[*]} " == *" $item "* ]] || fail "$item of --group $argument is not among the nodes"; done
        group_lines+="  ${argument%%=*}: \"$(fold "${list[@]}")\""$'\n'
    done
}

# Users, hosts file and client keys, the same for all nodes of this lab: one overlay layer.
site_write() {
    local all=$dir/layers/all base generator n password
    base=$(base_path)
    mkdir -p "$all/etc" "$all/root" "$all/home"
    [ -e "$dir/id_ecdsa" ] || ssh-keygen -q -t ecdsa -N '' -C "runbook-lab-$name" -f "$dir/id_ecdsa"
    password=$(openssl rand -hex 12)
    (umask 077; printf '%s\n' "$password" >"$dir/operator.password")
    site_shadow "$base" "$all" "$password"
    install -d -m 0700 "$all/root" "$all/root/.ssh"
    install -m 0600 "$dir/id_ecdsa.pub" "$all/root/.ssh/authorized_keys"
    local user id
    for user in admin operator; do
        id=$(stat -c %u:%g "$base/home/$user")
        cp -a "$base/home/$user" "$all/home/"
        install -m 0600 "$dir/id_ecdsa.pub" "$all/home/$user/.ssh/authorized_keys"
        chown "$id" "$all/home/$user/.ssh/authorized_keys"
        # Which sudo makes at its first use otherwise, so that a dry run would seem to have changed the node.
        install -m 0644 -o "${id%:*}" -g "${id#*:}" /dev/null "$all/home/$user/.sudo_as_admin_successful"
    done
    # Each start and each reload of systemd would ask these for what a container never has.
    mkdir -p "$all/etc/systemd/system-generators"
    for generator in cryptsetup debug gpt-auto hibernate-resume integritysetup rc-local run system-update veritysetup; do
        ln -s /dev/null "$all/etc/systemd/system-generators/systemd-$generator-generator"
    done
    {
        printf '127.0.0.1\tlocalhost\n198.18.0.1\tcontroller\n'
        for n in "${!names[@]}"; do printf '%s\t%s\n' "${addresses[n]}" "${names[n]}"; done
    } >"$all/etc/hosts"
    for n in "${!names[@]}"; do printf '%s %s %s\n' "${names[n]}" "${addresses[n]}" "${node_roles[n]}"; done >"$dir/plan"
    : >"$dir/known_hosts"
    site_ssh_config 22 admin
    site_inventory 22 admin
}

site_shadow() {
    local hash
    hash=$(openssl passwd -6 -stdin <<<"$3")
    awk -F: -v OFS=: -v hash="$hash" '$1 == "operator" { $2 = hash } { print }' "$1/etc/shadow" >"$2/etc/shadow"
    chown --reference="$1/etc/shadow" "$2/etc/shadow"
    chmod --reference="$1/etc/shadow" "$2/etc/shadow"
}

site_known_host() {
    local name=$1 address=$2 key type blob
    shift 2
    for key in "$@"; do
        read -r type blob _ <"$key"
        printf '%s,%s %s %s\n' "$name" "$address" "$type" "$blob" >>"$dir/known_hosts"
    done
}

site_ssh_config() {
    local port=$1 user=$2 n
    {
        for n in "${!names[@]}"; do printf 'Host %s\n    HostName %s\n' "${names[n]}" "${addresses[n]}"; done
        printf 'Host *\n    User %s\n    Port %s\n    IdentityFile %s\n    IdentitiesOnly yes\n' "$user" "$port" "$dir/id_ecdsa"
        printf '    UserKnownHostsFile %s\n    GlobalKnownHostsFile none\n' "$dir/known_hosts"
        printf '    StrictHostKeyChecking yes\n    BatchMode yes\n'
    } >"$dir/ssh_config"
    mkdir -p "$dir/home/.ssh"
    chmod 0700 "$dir/home/.ssh"
    ln -sf "$dir/known_hosts" "$dir/home/.ssh/known_hosts"
    ln -sf "$dir/ssh_config" "$dir/home/.ssh/config"
    ln -sf "$dir/id_ecdsa" "$dir/home/.ssh/id_ecdsa"
}

site_inventory() {
    local port=$1 user=$2 n role list labels
    mkdir -p "$dir/inventory"
    {
        printf 'schema_version: 1\ndefaults:\n'
        printf '  ssh: {user: %s, port: %s, identity_file: %s, host_keys: strict, connect_timeout: 10s}\n' \
            "$user" "$port" "$dir/id_ecdsa"
        [ "$user" = root ] || printf '  become: {method: sudo, user: root}\n'
        printf 'nodes:\n'
        local from=0
        for n in "${!names[@]}"; do
            # One entry per run of nodes of one kind in the same rack and the same /24.
            if [ "$((n + 1))" -lt ${#names[@]} ] && [ "${racks[n]}" = "${racks[n + 1]}" ] &&
                [ "${addresses[n]%.*}" = "${addresses[n + 1]%.*}" ] &&
                [ "${names[n]%%[0-9]*}" = "${names[n + 1]%%[0-9]*}" ]; then continue; fi
            labels=${racks[n]}
            printf '  "%s": {address: "%s", labels: {rack: %s}}\n' "$(fold "${names[@]:from:n-from+1}")" \
                "$(fold "${addresses[@]:from:n-from+1}")" "$labels"
            from=$((n + 1))
        done
        if [ ${#role_names[@]} -gt 0 ] || [ -n "$group_lines" ]; then
            printf 'groups:\n%s' "$group_lines"
            for role in $(printf '%s\n' "${role_names[@]+"${role_names[@]}"}" | sort -u); do
                list=()
                for n in "${!names[@]}"; do [[ " ${node_roles[n]} " != *" $role "* ]] || list+=("${names[n]}"); done
                printf '  %s: "%s"\n' "$role" "$(fold "${list[@]}")"
            done
            site_inventory_roles
        fi
    } >"$dir/inventory/site.yaml"
}

# The roles an inventory knows hosts by.
site_inventory_roles() {
    local role n list lines=''
    for role in mds slurm-controller kubernetes-control prometheus grafana subnet-manager pfs-server; do
        list=()
        for n in "${!names[@]}"; do [[ " ${node_roles[n]} " != *" $role "* ]] || list+=("${names[n]}"); done
        [ ${#list[@]} = 0 ] || lines+="  $role: \"$(fold "${list[@]}")\""$'\n'
    done
    [ -z "$lines" ] || printf 'roles:\n%s' "$lines"
}
