# shellcheck shell=bash disable=SC2154
# A node with one InfiniBand port of a simulated fabric: the real ibstat, perfquery and so on. Variables: here, root, dir.
# shellcheck disable=SC1091
. "$here/roles/network.sh"
mkdir -p "$root/etc/lab" "$root/usr/sbin" "$root/etc/systemd/network"
# A second interface, data0, whose other end is in the node as well.
printf '[NetDev]\nName=data0\nKind=veth\n[Peer]\nName=data1\n' >"$root/etc/systemd/network/20-data.netdev"
printf '[Match]\nName=data0\n[Network]\nAddress=192.168.77.1/24\nLinkLocalAddressing=no\n' >"$root/etc/systemd/network/20-data0.network"
printf '[Match]\nName=data1\n[Network]\nLinkLocalAddressing=no\n' >"$root/etc/systemd/network/20-data1.network"
{
    while read -r _ address roles; do
        case " $roles " in *" subnet-manager "*) echo "IBSIM_SERVER_NAME=$address" ;; esac
    done <"$dir/plan"
    echo IBSIM_SERVER_PORT=7070
} >"$root/etc/lab/ib.env"
# Each real command, with the library that takes the fabric for the hardware. It wants a folder to write to, also where the
# caller sees all file systems read-only.
for command in ibstat ibstatus sminfo iblinkinfo ibqueryerrors perfquery ibportstate ibhosts ibswitches ibnetdiscover smpquery ibaddr ibping; do
    cat >"$root/usr/sbin/$command" <<END
#!/bin/sh
set -a
. /etc/lab/ib.env
SIM_HOST=\$(hostname)
exec unshare --mount sh -c 'mount -t tmpfs tmpfs /mnt && cd /mnt || exit 1
export LD_PRELOAD=/usr/lib/x86_64-linux-gnu/umad2sim/libumad2sim.so
exec /usr/lib/lab-real/$command "\$@"' $command "\$@"
END
    chmod 0755 "$root/usr/sbin/$command"
done
