#!/bin/sh
# Runs once, in the image under Kubernetes nodes: Debian's container runtimes and network plugins.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends containerd containernetworking-plugins docker.io
# What most nodes run is containerd alone.
systemctl disable docker.service docker.socket
