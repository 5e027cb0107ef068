#!/bin/sh
# Runs once, in the image under compute nodes: Debian's Slurm and munge.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends slurmd slurm-client munge
install -d /var/spool/slurmd /var/log/slurm
