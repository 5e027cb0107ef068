#!/bin/sh
# Runs once, in the image under the Slurm controller: Debian's Slurm and munge.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends slurmctld slurm-client munge
install -d -o slurm -g slurm /var/spool/slurmctld /var/log/slurm
