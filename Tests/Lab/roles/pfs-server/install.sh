# shellcheck shell=bash disable=SC2154
# A server of GlusterFS (volume scratch), MooseFS and NFS (export /data by Ganesha), each on a disk of its own: a file behind
# a loop device. Variables: here, root, dir.
# shellcheck disable=SC1091
. "$here/roles/network.sh"
units=$root/etc/systemd/system
install -D -m 0755 "$here/stand-ins/pfs/lab-disks" "$root/usr/local/lib/lab/lab-disks"
install -D -m 0755 "$here/stand-ins/pfs/lab-volume" "$root/usr/local/lib/lab/lab-volume"
mkdir -p "$units/multi-user.target.wants" "$root/etc/mfs" "$root/etc/ganesha" "$root/etc/lab"
cat >"$units/lab-disks.service" <<'END'
[Unit]
Description=Disks of the file servers
Before=glusterd.service moosefs-master.service moosefs-chunkserver.service nfs-ganesha.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/lib/lab/lab-disks
[Install]
WantedBy=multi-user.target
END
cat >"$units/lab-volume.service" <<'END'
[Unit]
Description=The GlusterFS volume
After=glusterd.service
Requires=glusterd.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/lib/lab/lab-volume
[Install]
WantedBy=multi-user.target
END
printf 'WORKING_USER = mfs\nWORKING_GROUP = mfs\nDATA_PATH = /var/lib/mfs\nEXPORTS_FILENAME = /etc/mfs/mfsexports.cfg\n' >"$root/etc/mfs/mfsmaster.cfg"
printf '* / rw,alldirs,admin,maproot=0:0\n' >"$root/etc/mfs/mfsexports.cfg"
: >"$root/etc/mfs/mfstopology.cfg"
printf '/srv/moosefs/1\n' >"$root/etc/mfs/mfshdd.cfg"
# A chunk server does not take 127.0.0.1 for its master.
while read -r _ address roles; do
    case " $roles " in *" pfs-server "*) server=$address ;; esac
done <"$dir/plan"
{
    printf 'WORKING_USER = mfs\nWORKING_GROUP = mfs\nDATA_PATH = /var/lib/mfs\nHDD_CONF_FILENAME = /etc/mfs/mfshdd.cfg\n'
    printf 'MASTER_HOST = %s\nHDD_LEAVE_SPACE_DEFAULT = 1MiB\n' "$server"
} >"$root/etc/mfs/mfschunkserver.cfg"
cat >"$root/etc/ganesha/ganesha.conf" <<'END'
NFS_CORE_PARAM { Protocols = 3,4; mount_path_pseudo = true; }
EXPORT {
    Export_Id = 1; Path = /srv/nfs; Pseudo = /data; Protocols = 3,4; Access_Type = RW; Squash = No_Root_Squash; SecType = sys;
    FSAL { Name = VFS; }
}
END
# No kernel here has what it wants to mount.
ln -sf /dev/null "$units/run-rpc_pipefs.mount"
for unit in lab-disks lab-volume; do ln -sf "/etc/systemd/system/$unit.service" "$units/multi-user.target.wants/"; done
for unit in glusterd moosefs-master moosefs-chunkserver iperf3; do
    ln -sf "/lib/systemd/system/$unit.service" "$units/multi-user.target.wants/"
done
