# shellcheck shell=sh
# For a layer whose nodes have rpm and dnf: both, with the folder of the local dnf repository that the layer fills, and what the node
# passes for. The distribution stands in: it is Debian.
repo=/srv/lab-rpms

# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends rpm dnf createrepo-c
mkdir -p /etc/rpm /etc/yum.repos.d /var/lib/rpm $repo
printf '%%_dbpath /var/lib/rpm\n%%_build_id_links none\n%%debug_package %%{nil}\n%%__os_install_post %%{nil}\n' >/etc/rpm/macros
printf '[lab]\nname=lab\nbaseurl=file://%s\nenabled=1\ngpgcheck=0\n' $repo >/etc/yum.repos.d/lab.repo

# dkms, for one, keeps modules elsewhere on Red Hat's family.
rm -f /etc/os-release
cat >/etc/os-release <<'END'
PRETTY_NAME="Rocky Linux 9 (lab stand-in: Debian with rpm and dnf)"
NAME="Rocky Linux"
ID="rocky"
ID_LIKE="rhel centos fedora"
VERSION_ID="9.4"
END
