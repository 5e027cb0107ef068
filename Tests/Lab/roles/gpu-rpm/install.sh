# shellcheck shell=bash disable=SC2154
# Takes Debian's own package managers away and says what family the node passes for. Variables: here, root.
mkdir -p "$root/usr/bin" "$root/etc"
# What an overlay takes for a file that was removed.
for command in apt-get apt-cache apt-mark apt dpkg dpkg-query dpkg-deb; do mknod "$root/usr/bin/$command" c 0 0; done
cat >"$root/etc/os-release" <<'END'
PRETTY_NAME="Rocky Linux 9 (lab stand-in: Debian with rpm and dnf)"
NAME="Rocky Linux"
ID="rocky"
ID_LIKE="rhel centos fedora"
VERSION_ID="9.4"
END
