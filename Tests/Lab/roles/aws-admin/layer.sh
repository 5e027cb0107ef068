#!/bin/sh
# Runs once, in the image under a host from which AWS is administered: the AWS and ParallelCluster command lines, yamllint,
# cfn-lint.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends python3 python3-venv nodejs
[ -n "$PIP_CERT" ] || unset PIP_CERT
python3 -m venv /opt/pcluster
/opt/pcluster/bin/pip install -q aws-parallelcluster==3.16.1 awscli yamllint
# By itself: its libraries are not held to the versions that ParallelCluster asks for.
python3 -m venv /opt/cfn-lint
/opt/cfn-lint/bin/pip install -q cfn-lint==1.51.0
for command in pcluster/bin/pcluster pcluster/bin/aws pcluster/bin/yamllint cfn-lint/bin/cfn-lint; do
    ln -s "/opt/$command" "/usr/local/bin/${command##*/}"
done
rm -rf /root/.cache
