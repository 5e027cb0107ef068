#!/bin/sh
# Runs once, in the image under file servers: Debian's GlusterFS, MooseFS and NFS-Ganesha, and what measures them.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends glusterfs-server moosefs-master moosefs-chunkserver moosefs-cli \
    nfs-ganesha-vfs rpcbind netbase fio iperf3 sysstat
