# shellcheck shell=bash disable=SC2154
# What a node needs to use the lab's name server and its way out, where the lab has them. Variables: here, root, dir, role.
mkdir -p "$root/etc"
while read -r _ address roles; do
    case " $roles " in
    *" dns "*) printf 'search lab\nnameserver %s\noptions timeout:2 attempts:1\n' "$address" >"$root/etc/resolv.conf" ;;
    esac
    # Servers need no way out, and one of them may be it.
    case "$role $roles " in
    "ib-node "*" gateway "* | "ib-node gateway "* | "pfs-client "*" gateway "* | "pfs-client gateway "*)
        mkdir -p "$root/etc/systemd/network/10-host0.network.d"
        printf '[Network]\nGateway=%s\n' "$address" >"$root/etc/systemd/network/10-host0.network.d/gateway.conf"
        ;;
    esac
done <"$dir/plan"
