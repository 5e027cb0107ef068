# shellcheck shell=sh disable=SC2154
# Prints a file: COLLECT_PATH.
exec cat -- "$COLLECT_PATH"
