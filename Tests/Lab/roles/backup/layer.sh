#!/bin/sh
# Runs once, in the image under hosts that keep data: Debian's restic and rsync.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends restic rsync
