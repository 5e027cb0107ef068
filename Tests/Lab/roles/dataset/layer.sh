#!/bin/sh
# Runs once, in the image under nodes that read a data set and hosts that serve one: Debian's rsync and Python.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends python3 rsync
