#!/bin/sh
# Runs once, in the image under the monitoring host: Debian's Prometheus with promtool.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends prometheus
