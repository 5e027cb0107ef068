#!/bin/sh
# Runs once, in the image under nodes with a training job: Debian's Python and sysstat, and py-spy of PyPI.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends python3 python3-venv sysstat stress-ng
[ -n "$PIP_CERT" ] || unset PIP_CERT
python3 -m venv /opt/py-spy
/opt/py-spy/bin/pip install -q py-spy==0.4.1
ln -s /opt/py-spy/bin/py-spy /usr/local/bin/py-spy
rm -rf /root/.cache
