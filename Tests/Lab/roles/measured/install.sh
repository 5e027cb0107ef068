# shellcheck shell=bash disable=SC2034
# A node that is asked how fast it works: `node_boot` gives it the processors before all others. Nothing is installed.
:
