#!/bin/sh
# Runs once, in the image under a host from which AWS is administered: the AWS and ParallelCluster command lines, yamllint.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends python3 python3-venv nodejs
[ -n "$PIP_CERT" ] || unset PIP_CERT
python3 -m venv /opt/pcluster
/opt/pcluster/bin/pip install -q aws-parallelcluster==3.16.1 awscli yamllint
for command in pcluster aws yamllint; do ln -s "/opt/pcluster/bin/$command" "/usr/local/bin/$command"; done
rm -rf /root/.cache
