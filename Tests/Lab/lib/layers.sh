# shellcheck shell=bash disable=SC2154
# Images in the cache: Debian 12 once, and per combination of roles what they add. Each is keyed by a hash of all that
# goes into it and appears by rename when it is whole, so that an interrupted build leaves nothing that looks built.

suite=bookworm

# What the machine itself needs, installed when it is missing.
tools_install() {
    local wanted=() pair
    for pair in debootstrap:debootstrap systemd-nspawn:systemd-container ip:iproute2 ssh-keygen:openssh-client \
        openssl:openssl unshare:util-linux losetup:mount; do
        command -v "${pair%%:*}" >/dev/null || wanted+=("${pair#*:}")
    done
    [ ${#wanted[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || fail "needs ${wanted[*]}"
    say "installing ${wanted[*]}"
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${wanted[@]}"; } \
        >"$cache/apt.log" 2>&1 || fail "apt-get install ${wanted[*]} failed, see $cache/apt.log"
}

# Prints the folder of the base image.
base_path() {
    local key
    key=$(cat "$here/layers/base.packages" "$here/layers/base.sh" <(echo "$suite $(dpkg --print-architecture)") |
        sha256sum | cut -c1-16)
    printf '%s\n' "$cache/base-$key"
}

# Prints the folders that nodes with these roles stand on, topmost first. A role without a layer adds nothing.
layer_paths() {
    local path role key paths
    path=$(base_path)
    paths=$path
    for role in $(printf '%s\n' "$@" | sort -u); do
        [ -e "$here/roles/$role/layer.sh" ] || continue
        key=$({ basename "$path"; uname -r; cat "$here/roles/$role/layer.sh"; cat "$here/roles/$role"/data/* 2>/dev/null || true; } |
            sha256sum | cut -c1-16)
        path=$cache/$role-$key
        paths=$path:$paths
    done
    while read -r role; do paths=$paths:$(built_path "$role"); done < <(roles_built "$@")
    printf '%s\n' "$paths"
}

# What these roles need that is built from source: the names in their file `built`, each of a script in layers.
roles_built() {
    local role
    for role in "$@"; do
        [ ! -e "$here/roles/$role/built" ] || cat "$here/roles/$role/built"
    done | sort -u
}

# Prints the folder of something built. It holds files alone and no packages, so that it outlives changes of the base image.
built_path() {
    printf '%s-%s\n' "$cache/$1" "$({ echo "$suite $(dpkg --print-architecture)"; cat "$here/layers/$1.sh"; } |
        sha256sum | cut -c1-16)"
}

# What nobody has used for two weeks goes, unless a lab stands on it.
layers_prune() {
    local path
    while read -r path; do
        grep -qsF "$path" /proc/[0-9]*/mountinfo || rm -rf "$path"
    done < <(
        find "$cache" -mindepth 1 -maxdepth 1 -type d -name '*-????????????????' -mtime +14
        find "$cache/labs" -mindepth 1 -maxdepth 1 -type d -mtime +14 2>/dev/null
    )
}

layers_build() {
    local path
    mkdir -p "$cache"
    tools_install
    exec 8>"$cache/.lock"
    flock 8
    layers_prune
    path=$(base_path)
    if [ ! -d "$path" ]; then
        say "building the base image, about a minute"
        rm -rf "$cache"/.building.*
        local work started=$SECONDS
        work=$(mktemp -d "$cache/.building.XXXXXX")
        if ! base_fill "$work/root" >"$cache/base.log" 2>&1; then
            rm -rf "$work"
            fail "the base image could not be built, see $cache/base.log"
        fi
        sync -f "$work/root"
        mv -T "$work/root" "$path"
        rmdir "$work"
        say "built the base image in $((SECONDS - started)) s"
    fi
    touch "$path"
    roles_build "$@"
    exec 8>&-
    built_build_all "$@"
}

base_fill() {
    local mirror=()
    [ -z "${RUNBOOK_LAB_MIRROR:-}" ] || mirror=("$RUNBOOK_LAB_MIRROR")
    debootstrap --variant=minbase --include="$(grep -v '^#' "$here/layers/base.packages" | paste -sd,)" \
        "$suite" "$1" "${mirror[@]+"${mirror[@]}"}" || return 1
    # What apt inside a role's layer build talks to.
    cp "$1/etc/apt/sources.list" "$cache/sources.list"
    cp "$here/layers/base.sh" "$1/tmp/base.sh"
    chroot "$1" /bin/sh /tmp/base.sh || return 1
    rm "$1/tmp/base.sh"
}

roles_build() {
    local role path below
    below=$(base_path)
    local done=()
    for role in $(printf '%s\n' "$@" | sort -u); do
        [ -e "$here/roles/$role/layer.sh" ] || continue
        done+=("$role")
        path=$(layer_paths "${done[@]}")
        path=${path%%:*}
        if [ ! -d "$path" ]; then
            say "building the layer of role $role"
            local work started=$SECONDS
            work=$(mktemp -d "$cache/.building.XXXXXX")
            mkdir "$work/upper" "$work/work" "$work/root"
            if ! layer_fill "$here/roles/$role" "$below" "$work" >"$cache/$role.log" 2>&1; then
                rm -rf "$work"
                fail "the layer of role $role could not be built, see $cache/$role.log"
            fi
            sync -f "$work/upper"
            mv -T "$work/upper" "$path"
            rm -rf "$work"
            say "built the layer of role $role in $((SECONDS - started)) s"
        fi
        touch "$path"
        below=$path:$below
    done
}

# Other labs need not wait for this, so it has a lock of its own.
built_build_all() {
    local what
    while read -r what; do (exec 8>"$cache/.$what.lock"; flock 8; built_build "$what") </dev/null; done < <(roles_built "$@")
}

# Builds from source in a throwaway overlay over the base image, whose /out is kept.
built_build() {
    local path work started=$SECONDS
    path=$(built_path "$1")
    if [ ! -d "$path" ]; then
        say "building $1 from its source, once: 5 to 20 minutes on two cores; the log is $cache/$1.log"
        rm -rf "$cache/.built-$1".*
        work=$(mktemp -d "$cache/.built-$1.XXXXXX")
        mkdir "$work/upper" "$work/work" "$work/root" "$work/script"
        cp "$here/layers/$1.sh" "$work/script/layer.sh"
        if ! layer_fill "$work/script" "$(base_path)" "$work" >"$cache/$1.log" 2>&1; then
            rm -rf "$work"
            fail "$1 could not be built, see $cache/$1.log"
        fi
        sync -f "$work/upper/out"
        mv -T "$work/upper/out" "$path"
        rm -rf "$work"
        say "built $1 in $((SECONDS - started)) s"
    fi
    touch "$path"
}

# Runs the layer.sh of a folder in a chroot. The mounts live in a namespace of their own and are gone with it, however this ends.
layer_fill() {
    # shellcheck disable=SC2016
    unshare --mount --propagation private --pid --fork --kill-child bash -euc '
        mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
        root=$2/root
        mount -t proc proc "$root/proc"
        mount --bind /dev "$root/dev"
        mount -t tmpfs tmpfs "$root/run"
        mount -t tmpfs tmpfs "$root/tmp"
        mkdir "$root/run/lab"
        cp -aL "$3/." "$root/run/lab/"
        cp "$4" "$root/run/sources.list"
        cp -L /etc/resolv.conf "$root/run/resolv.conf"
        # For pip, which has authorities of its own and does not see what this machine trusts beside them.
        [ ! -e /etc/ssl/certs/ca-certificates.crt ] || cp -L /etc/ssl/certs/ca-certificates.crt "$root/run/ca.crt"
        : > "$root/etc/resolv.conf"
        mount --bind "$root/run/resolv.conf" "$root/etc/resolv.conf"
        printf "#!/bin/sh\nexit 101\n" > "$root/usr/sbin/policy-rc.d"
        chmod 0755 "$root/usr/sbin/policy-rc.d"
        chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive \
            KERNEL="$(uname -r)" PIP_CERT="$([ ! -e "$root/run/ca.crt" ] || echo /run/ca.crt)" APT_OPTIONS="-o Dir::Etc::SourceList=/run/sources.list -o Dir::Etc::SourceParts=/dev/null" \
            /bin/sh /run/lab/layer.sh
        rm -f "$root/usr/sbin/policy-rc.d"
        rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/cache/apt/*.bin "$root"/var/lib/apt/lists/*
        chroot "$root" apt-get update -q
    ' layer "$2" "$3" "$1" "$cache/sources.list" </dev/null
}
