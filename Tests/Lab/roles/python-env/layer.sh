#!/bin/sh
# Runs once, in the image under nodes with a shared Python environment: Debian's Python, wheels of PyPI in a folder of their
# own, an environment made from a lock file with hashes, and in the local apt repository a library that one package needs.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends python3 python3-venv dpkg-dev libmagic1
[ -n "$PIP_CERT" ] || unset PIP_CERT

mkdir -p /srv/wheelhouse /opt/ml/envs /tmp/work
cd /tmp/work
python3 -m venv /opt/ml/envs/base
cat > wanted <<'END'
certifi==2024.8.30
charset-normalizer==3.3.2
idna==3.7
python-magic==0.4.27
requests==2.31.0
urllib3==2.2.2
END
pip=/opt/ml/envs/base/bin/pip
$pip download -q --only-binary :all: --no-deps -d /srv/wheelhouse -r wanted
{
    echo '# Made by hand from the wheels of PyPI.'
    while IFS='=' read -r name _ version; do
        wheel=$(find /srv/wheelhouse -name "$(echo "$name" | tr - _)-$version-*.whl")
        echo "$name==$version --hash=sha256:$(sha256sum "$wheel" | cut -d' ' -f1)"
    done < wanted
} > /opt/ml/requirements.lock
echo 'requests>=2.31,<3
python-magic>=0.4' > /opt/ml/requirements.txt
$pip install -q --no-index --find-links /srv/wheelhouse --require-hashes -r /opt/ml/requirements.lock
# An older one that requests does not take, for whoever installs without looking.
$pip download -q --only-binary :all: --no-deps -d /srv/wheelhouse idna==2.0
ln -s /opt/ml/envs/base /opt/ml/env

repo=/srv/lab-apt
mkdir -p "$repo"
# apt's own sandbox user can't write there.
# shellcheck disable=SC2086
(cd "$repo" && apt-get $APT_OPTIONS -o APT::Sandbox::User=root download -q libmagic1 libmagic-mgc)
(cd "$repo" && dpkg-scanpackages --multiversion . 2>/dev/null > Packages
    printf 'Origin: lab\nLabel: lab\nDate: %s\nSHA256:\n %s %s Packages\n' "$(date -Ru)" \
        "$(sha256sum Packages | cut -d' ' -f1)" "$(stat -c %s Packages)" > Release)
/opt/ml/env/bin/python -I -c 'import requests, magic'
rm -rf /tmp/work /root/.cache
