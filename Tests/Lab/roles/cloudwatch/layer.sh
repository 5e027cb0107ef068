#!/bin/sh
# Runs once, in the image under a host that stands in for AWS: moto, which keeps state and enforces IAM policies.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends python3 python3-venv
[ -n "$PIP_CERT" ] || unset PIP_CERT
python3 -m venv /opt/moto
/opt/moto/bin/pip install -q moto==5.1.21 flask flask-cors awscli
ln -s /opt/moto/bin/aws /usr/local/bin/aws
rm -rf /root/.cache
