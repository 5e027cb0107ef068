#!/bin/sh
# Runs once, in the image under nodes that Prometheus scrapes: Debian's node exporter.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends prometheus-node-exporter
# Few cores serve many nodes.
printf 'ARGS="--collector.disable-defaults --collector.cpu --collector.loadavg --collector.meminfo --collector.filesystem --collector.textfile"\n' \
    > /etc/default/prometheus-node-exporter
