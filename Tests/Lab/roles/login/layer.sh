#!/bin/sh
# Runs once, in the image under nodes that people log in to: Debian's SSSD, an LDAP server, a second factor and what tries
# passwords.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends libpwquality-tools sshpass sssd-ldap sssd-tools libnss-sss libpam-sss \
    slapd ldap-utils libpam-google-authenticator oathtool
# Where no directory is asked for, none runs.
systemctl disable slapd sssd
