#!/bin/sh
# Runs once, in the image under the control plane: Debian's etcd, kubectl, and what the stand-ins around it are made of.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends etcd-server kubernetes-client dnsmasq nginx-light prometheus \
    bind9-dnsutils python3
