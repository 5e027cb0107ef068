# shellcheck shell=sh disable=SC2034 # what others use is set here
# What a client's kernel has of Lustre. It is in /run, as the kernel's own state is in memory: a reboot clears it.
#   $live/modules       NAME, one loaded module a line
#   $live/lnet          there while LNet is configured: NET INTERFACE ADDRESS of each network interface of it
#   $live/lost          TARGET STATE of each import that has lost its server, although the server answers
# What is mounted is sshfs over a plain connection to the server's port 988: its type is fuse.lustre, and stat calls it fuseblk.
# Words and numbers are from the source of Lustre 2.15 (branch b2_15): lustre/utils/mount_lustre.c, lustre/utils/portals.c,
# lustre/utils/obd.c, lnet/utils/lnetconfig/liblnetconfig.c, lnet/klnds/socklnd/socklnd.c, lnet/lnet/acceptor.c.
live=/run/lab/lustre-client
version=2.15.6
kernel=$(uname -r)
module_folder=/lib/modules/$kernel/extra/lustre-client
# In the order in which one needs the other.
all_modules='libcfs lnet ksocklnd obdclass ptlrpc fld fid lmv mdc lov osc mgc lustre'
targets='MDT0000 OST0000 OST0001'

loaded() { grep -qx "$1" "$live/modules" 2>/dev/null; }
is_lustre_module() { case " $all_modules " in *" $1 "*) ;; *) return 1 ;; esac; }

# A line of the kernel's log, in the node's journal: containers share one kernel buffer.
kernel_log() { logger -t kernel -p kern.err -- "$*" 2>/dev/null || :; }

# --- LNet

# The value of the module's option networks, as modprobe gives it.
networks_option() {
    cat /etc/modprobe.d/*.conf 2>/dev/null |
        sed -nE "s/^[[:space:]]*options[[:space:]]+lnet[[:space:]].*networks=(\"([^\"]*)\"|([^\"'[:space:]]*)).*/\2\3/p" | tail -n 1
}

# tcp for tcp0: both are one network's name.
net_name() { case $1 in *[!0-9]0) echo "${1%0}" ;; *) echo "$1" ;; esac; }

address_of() { ip -4 -o address show dev "$1" up 2>/dev/null | awk '{sub("/.*", "", $4); print $4; exit}'; }

first_interface() { ip -4 -o address show up 2>/dev/null | awk '$2 != "lo" {print $2; exit}'; }

# Adds an interface to a network of LNet: NET INTERFACE. Status 100 as the kernel's ENETDOWN.
net_add() {
    case $1 in tcp | tcp[0-9]*) ;; *) return 100 ;; esac
    interface=$2
    [ -n "$interface" ] || interface=$(first_interface)
    address=$(address_of "$interface")
    if [ -z "$address" ]; then
        kernel_log "LNetError: ksocklnd: failed to find interface $interface"
        kernel_log "LNetError: 105-4: Error -100 starting up LNI $1"
        return 100
    fi
    echo "$1 $interface $address" >>"$live/lnet"
}

# Brings LNet up with the networks of the module's options.
lnet_from_options() {
    networks=$(networks_option | tr -d ' ')
    : >"$live/lnet"
    # An interface's name may have CPU partitions behind it, and a network several interfaces, of which the first is taken.
    for one in $(printf '%s\n' "${networks:-tcp}" | sed 's/\[[^]]*\]//g; s/),/)\n/g'); do
        case $one in
        *'('*) interface=${one#*(}; interface=${interface%%[,)]*} ;;
        *) interface='' ;;
        esac
        if ! net_add "$(net_name "${one%%(*}")" "$interface"; then
            rm -f "$live/lnet"
            return 100
        fi
    done
}

has_net() { grep -q "^$1 " "$live/lnet" 2>/dev/null; }

# What a program that asks LNet says where it is not there, and its status.
lnet_missing() {
    loaded lnet && return 1
    echo "opening /dev/lnet failed: No such file or directory" >&2
    echo "hint: the kernel modules may not be loaded" >&2
}

# ping NID: connects to the server's port. A NID without a network is one of tcp.
nid_answers() {
    case $1 in *@*) nid_net=$(net_name "${1#*@}") ;; *) nid_net=tcp ;; esac
    has_net "$nid_net" && nc -z -w "${2:-1}" "${1%@*}" 988 2>/dev/null
}

# --- modules

# load NAME: the module with all that it needs. Status 1 where a file is missing, 2 where LNet does not come up.
load() {
    for module in $all_modules; do
        if ! loaded "$module"; then
            [ -e "$module_folder/$module.ko" ] || return 1
            # The module that speaks over LNet brings it up, unless it is up.
            [ "$module" != ptlrpc ] || [ -e "$live/lnet" ] || lnet_from_options || return 2
            mkdir -p "$live"
            echo "$module" >>"$live/modules"
        fi
        [ "$module" != "$1" ] || return 0
    done
}

# Those that need a module.
users_of() {
    behind=''
    for module in $all_modules; do
        [ -z "$behind" ] || ! loaded "$module" || echo "$module"
        [ "$module" != "$1" ] || behind=yes
    done
}

# unload NAME: status 1 where it is in use, by other modules, a mount or LNet itself.
unload() {
    [ -z "$(users_of "$1")" ] || return 1
    case $1 in
    lustre) [ -z "$(mounts)" ] || return 1 ;;
    ptlrpc) rm -f "$live/lnet" ;;
    ksocklnd | lnet) [ ! -s "$live/lnet" ] || return 1; [ "$1" != lnet ] || rm -f "$live/lnet" ;;
    esac
    sed -i "/^$1\$/d" "$live/modules"
}

# --- mounts

# SOURCE PATH of each mount.
mounts() {
    awk '{for (i = 7; i <= NF; i++) if ($i == "-") {if ($(i + 1) == "fuse.lustre") print $(i + 2), $5; break}}' /proc/self/mountinfo
}

# Devices of the first mount, as NAME TARGET: the kernel names them after the superblock.
imports() {
    source=$(mounts | awk '{print $1; exit}')
    [ -n "$source" ] || return 0
    nid=${source%%[:,]*}
    fs=${source##*:/}
    fs=${fs%%/*}
    echo "MGC$nid MGS mgc"
    for target in $targets; do
        case $target in MDT*) kind=mdc ;; *) kind=osc ;; esac
        echo "$fs-$target-$kind-ffff8d0000000000 $fs-${target}_UUID $kind"
    done
}

# import_state TARGET: FULL while the connection to the server stands and the target is not lost.
import_state() {
    state=$(awk -v target="$1" '$1 == target {print $2}' "$live/lost" 2>/dev/null)
    if [ -n "$state" ]; then echo "$state"
    elif [ -n "$(ss -Htn state established dport = :988 2>/dev/null)" ]; then echo FULL
    else echo DISCONN; fi
}
