#!/bin/sh
# Runs once, in the image under InfiniBand nodes: Debian's opensm, infiniband-diags, and ibsim, a simulated fabric that
# they talk to in place of hardware.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends opensm infiniband-diags ibsim-utils libumad2sim0 perl
# The role puts commands of the same names in their place, which hand these the simulated port.
mkdir -p /usr/lib/lab-real
for command in ibstat ibstatus sminfo iblinkinfo ibqueryerrors perfquery ibportstate ibhosts ibswitches ibnetdiscover smpquery \
    ibaddr ibping; do
    cp -p "/usr/sbin/$command" /usr/lib/lab-real/
done
