# shellcheck shell=bash disable=SC2154
# A Lustre client with /mnt/scratch. Variables: here, root, role.
# shellcheck disable=SC1091
. "$here/roles/mds/install.sh"
