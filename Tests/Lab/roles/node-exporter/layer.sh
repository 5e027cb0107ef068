#!/bin/sh
# Runs once, in the image under nodes that Prometheus scrapes: Debian's node exporter, which the local apt repository has too.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends prometheus-node-exporter dpkg-dev
# Few cores serve many nodes.
printf 'ARGS="--collector.disable-defaults --collector.cpu --collector.loadavg --collector.meminfo --collector.filesystem --collector.textfile"\n' \
    > /etc/default/prometheus-node-exporter
repo=/srv/lab-apt
mkdir -p "$repo"
# apt's own sandbox user can't write there.
# shellcheck disable=SC2086
(cd "$repo" && apt-get $APT_OPTIONS -o APT::Sandbox::User=root download -q prometheus-node-exporter)
(cd "$repo" && dpkg-scanpackages --multiversion . 2>/dev/null > Packages
    printf 'Origin: lab\nLabel: lab\nDate: %s\nSHA256:\n %s %s Packages\n' "$(date -Ru)" \
        "$(sha256sum Packages | cut -d' ' -f1)" "$(stat -c %s Packages)" > Release)
