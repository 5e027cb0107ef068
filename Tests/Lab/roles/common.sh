# shellcheck shell=bash disable=SC2154
# What every role with stand-ins brings. Variables: here, root.
install -D -m 0644 "$here/stand-ins/common/stand-in.sh" "$root/usr/local/lib/lab/stand-in.sh"
install -d -m 1777 "$root/var/log/lab"
install -m 0666 /dev/null "$root/var/log/lab/calls.log"
