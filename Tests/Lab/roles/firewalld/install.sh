# shellcheck shell=bash disable=SC2154
# Nothing beside its packages.
