# shellcheck shell=bash disable=SC2154
# A client that has /mnt/scratch (GlusterFS) and /mnt/moosefs mounted at boot. Variables: here, root, dir.
# shellcheck disable=SC1091
. "$here/roles/network.sh"
units=$root/etc/systemd/system
mkdir -p "$units/multi-user.target.wants" "$root/mnt/scratch" "$root/mnt/moosefs"
cat >"$root/etc/fstab" <<'END'
storage.lab:/scratch /mnt/scratch glusterfs noauto,_netdev 0 0
storage.lab: /mnt/moosefs moosefs noauto,_netdev 0 0
END
cat >"$units/lab-fuse.service" <<'END'
[Unit]
Description=/dev/fuse, and the mounts of fstab once their servers answer
After=network.target
[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=400
ExecStart=/bin/sh -c '[ -e /dev/fuse ] || mknod -m 0666 /dev/fuse c 10 229'
ExecStart=/bin/sh -c 'for path in /mnt/scratch /mnt/moosefs; do n=0; while ! timeout 5 mountpoint -q $path && [ $n -lt 150 ]; do timeout -k 1 30 mount $path || { umount -l $path; sleep 1; }; n=$((n + 1)); done; done; true'
[Install]
WantedBy=multi-user.target
END
ln -sf /etc/systemd/system/lab-fuse.service "$units/multi-user.target.wants/"
ln -sf /dev/null "$units/run-rpc_pipefs.mount"
