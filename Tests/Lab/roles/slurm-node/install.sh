# shellcheck shell=bash disable=SC2154
# The real Slurm. Variables: here, root, dir.
# shellcheck disable=SC1091
. "$here/roles/slurm.sh"
