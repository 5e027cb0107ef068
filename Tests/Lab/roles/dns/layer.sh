#!/bin/sh
# Runs once, in the image under the name server: Debian's dnsmasq.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends dnsmasq
