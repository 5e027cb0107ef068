#!/bin/sh
# Runs once, in the image under clients of file systems: Debian's GlusterFS and MooseFS clients, showmount, NFS over libnfs.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends glusterfs-client moosefs-client moosefs-cli nfs-common libnfs-utils fio \
    iperf3 sysstat traceroute bind9-dnsutils fuse netbase rpcbind
