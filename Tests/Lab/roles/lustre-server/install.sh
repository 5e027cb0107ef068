# shellcheck shell=bash disable=SC2154
# A Lustre server as a client of the role lustre-mount sees it: the file system scratch behind port 988. Variables: here, root.
units=$root/etc/systemd/system
mkdir -p "$units/sockets.target.wants" "$root/var/lib/lab/lustre/scratch"
install -m 0644 "$here/stand-ins/lustre-server/"* "$units/"
ln -sf /etc/systemd/system/lab-lustre-server.socket "$units/sockets.target.wants/"
