# shellcheck shell=bash disable=SC2154
# A client that has /mnt/lustre mounted at boot, where the lab has a lustre-server. Its modules and its tools are stand-ins.
# Variables: here, root, dir.
# shellcheck disable=SC1091
. "$here/roles/common.sh"
# shellcheck disable=SC1091
. "$here/roles/network.sh"
from=$here/stand-ins/lustre-client
units=$root/etc/systemd/system
# /sbin, /bin and /lib are links in the image, which a folder here would hide.
modules=$root/usr/lib/modules/$(uname -r)/extra/lustre-client
mkdir -p "$units/multi-user.target.wants" "$root/mnt/lustre" "$root/usr/lib/lab-real" "$root/etc/modprobe.d" "$modules"
install -D -m 0644 "$from/lnet.sh" "$root/usr/local/lib/lab/lnet.sh"
for command in modprobe rmmod lsmod modinfo lctl lnetctl lustre_rmmod mount.lustre; do
    install -D -m 0755 "$from/$command" "$root/usr/sbin/$command"
done
for command in lsmod lfs; do install -D -m 0755 "$from/$command" "$root/usr/bin/$command"; done
for command in modprobe modinfo; do ln -sf /bin/kmod "$root/usr/lib/lab-real/$command"; done
for module in libcfs lnet ksocklnd obdclass ptlrpc fld fid lmv mdc lov osc mgc lustre; do : >"$modules/$module.ko"; done
printf 'options lnet networks="tcp(host0)"\n' >"$root/etc/modprobe.d/lustre.conf"
while read -r name _ roles; do
    case " $roles " in *" lustre-server "*) ;; *) continue ;; esac
    # The name server calls one that has other file systems too storage.
    case " $roles " in *" pfs-server "*) name=storage ;; esac
    printf '%s.lab@tcp:/scratch /mnt/lustre lustre noauto,relatime,flock,_netdev 0 0\n' "$name" >"$root/etc/fstab"
done <"$dir/plan"
cat >"$units/lab-lustre-mount.service" <<'UNIT'
[Unit]
Description=/dev/fuse, and Lustre's mount of fstab once its server answers
After=network.target
[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=400
ExecStart=/bin/sh -c '[ -e /dev/fuse ] || mknod -m 0666 /dev/fuse c 10 229'
ExecStart=/bin/sh -c 'n=0; while ! mountpoint -q /mnt/lustre && [ $n -lt 150 ]; do timeout -k 1 30 mount /mnt/lustre || sleep 1; n=$((n + 1)); done; true'
[Install]
WantedBy=multi-user.target
UNIT
ln -sf /etc/systemd/system/lab-lustre-mount.service "$units/multi-user.target.wants/"
