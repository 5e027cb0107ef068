#!/bin/sh
# Runs once, in the image under nodes whose names and addresses a program keeps: Debian's NetworkManager and systemd-resolved,
# neither of them on.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends network-manager systemd-resolved
systemctl disable NetworkManager.service NetworkManager-wait-online.service NetworkManager-dispatcher.service systemd-resolved.service
# As where systemd-resolved is not installed: NetworkManager writes the file itself.
printf '[main]\nrc-manager=symlink\nsystemd-resolved=false\n' >/etc/NetworkManager/conf.d/lab.conf
