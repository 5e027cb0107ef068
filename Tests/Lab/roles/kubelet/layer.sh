#!/bin/sh
# Runs once, in the image under Kubernetes nodes: Perl with libyaml, which reports errors in a YAML file at the same places
# and in the same words as the parser of the real kubelet does.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends perl libyaml-libyaml-perl
