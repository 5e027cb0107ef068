# shellcheck shell=bash disable=SC2154
# The cluster's name server: dnsmasq answers for NAME.lab, and for storage.lab. Variables: here, root, dir.
mkdir -p "$root/etc/dnsmasq.d"
{
    printf 'no-resolv\nno-hosts\nlocal=/lab/\nlog-facility=-\n'
    while read -r name address roles; do
        echo "host-record=$name.lab,$address"
        case " $roles " in *" pfs-server "*) echo "host-record=storage.lab,$address" ;; esac
        case " $roles " in *" gateway "*) echo "host-record=outside.lab,203.0.113.10" ;; esac
    done <"$dir/plan"
} >"$root/etc/dnsmasq.d/lab.conf"
