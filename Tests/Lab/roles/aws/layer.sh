#!/bin/sh
# Runs once, in the image under a host that stands in for AWS as a whole: moto with all services that ParallelCluster asks.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends python3 python3-venv
[ -n "$PIP_CERT" ] || unset PIP_CERT
python3 -m venv /opt/moto
/opt/moto/bin/pip install -q 'moto[ec2,iam,s3,sts,cloudformation,ssm,dynamodb,route53,efs,servicequotas,resourcegroupstaggingapi]==5.1.21' flask flask-cors
rm -rf /root/.cache
