#!/bin/sh
# Runs once, in the image under nodes with firewalld: Debian's, which is Red Hat's. It runs where a test starts it.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends firewalld
systemctl disable firewalld
# The kernel here has no look-up of routes in rules.
sed -i 's/^IPv6_rpfilter=.*/IPv6_rpfilter=no/' /etc/firewalld/firewalld.conf
