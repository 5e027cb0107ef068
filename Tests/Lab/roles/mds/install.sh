# shellcheck shell=bash disable=SC2154
# A Lustre metadata and management server whose lctl and lfs are stand-ins. Variables: here, root.
# shellcheck disable=SC1091
. "$here/roles/common.sh"
from=$here/stand-ins/lustre
units=$root/etc/systemd/system
install -D -m 0644 "$from/lustre.sh" "$root/usr/local/lib/lab/lustre.sh"
install -D -m 0755 "$from/lustre-boot" "$root/usr/local/lib/lab/lustre-boot"
install -D -m 0755 "$from/lctl" "$root/usr/sbin/lctl"
install -D -m 0755 "$from/lfs" "$root/usr/bin/lfs"
mkdir -p "$units/multi-user.target.wants"
install -m 0644 "$from/lab-lustre.service" "$units/"
ln -sf /etc/systemd/system/lab-lustre.service "$units/multi-user.target.wants/lab-lustre.service"
if [ "$role" = mds ]; then
    install -m 0644 "$from/lab-lnet.service" "$units/"
    ln -sf /etc/systemd/system/lab-lnet.service "$units/multi-user.target.wants/lab-lnet.service"
fi
