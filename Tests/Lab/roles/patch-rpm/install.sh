# shellcheck shell=bash disable=SC2154,SC1091
# Takes Debian's own package managers away. Variables: here, root.
. "$here/roles/gpu-rpm/install.sh"
