#!/bin/sh
# Runs once, in the image under nodes whose logs are rotated: Debian's logrotate.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends logrotate
