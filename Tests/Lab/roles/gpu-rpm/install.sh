# shellcheck shell=bash disable=SC2154
# Takes Debian's own package managers away. Variables: root.
mkdir -p "$root/usr/bin"
# What an overlay takes for a file that was removed.
for command in apt-get apt-cache apt-mark apt dpkg dpkg-query dpkg-deb; do mknod "$root/usr/bin/$command" c 0 0; done
