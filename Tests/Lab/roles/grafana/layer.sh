#!/bin/sh
# Runs once, in the image under a host with Grafana, which Debian does not have: Python, which the stand-in is written in.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends python3 python3-yaml
