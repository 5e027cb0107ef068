#!/bin/sh
# Runs once, in the image under nodes whose firewall a program keeps: Debian's firewalld, ufw and iptables, none of them on.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends firewalld ufw iptables nftables
# ufw is off, as Debian has it until it is asked for; firewalld would be on.
systemctl disable firewalld.service
