#!/bin/sh
# Runs once, in the image under Lustre clients that mount: sshfs, which carries what the stand-in mounts.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends sshfs fuse3
