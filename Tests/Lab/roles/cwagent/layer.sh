#!/bin/sh
# Runs once, in the image under nodes with the CloudWatch agent, which Debian does not have: the AWS command line and SDK,
# which the stand-in of the agent uses as well.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends python3 python3-venv
[ -n "$PIP_CERT" ] || unset PIP_CERT
python3 -m venv /opt/aws-cli
/opt/aws-cli/bin/pip install -q awscli boto3
ln -s /opt/aws-cli/bin/aws /usr/local/bin/aws
rm -rf /root/.cache
