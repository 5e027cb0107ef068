#!/bin/sh
# Runs once, in the image under GPU nodes with rpm and dnf, on top of role gpu's: what that has as Debian packages becomes
# RPMs, under the names and with the dependencies of NVIDIA's repository for Red Hat, in a local dnf repository.
#
# What is genuine: rpm, dnf, createrepo_c, dkms. What stands in: what role gpu says, and the distribution: it is Debian.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
apt-get purge -q -y nvidia-driver nvidia-kernel-open-dkms libnvidia-ml1 "linux-headers-$KERNEL"
# shellcheck source=../rpm.sh
. /run/lab/data/rpm.sh
echo metadata_expire=never >>/etc/yum.repos.d/lab.repo

# pack NAME VERSION RELEASE TREE, with more lines of the spec file on standard input.
pack() {
    mkdir -p "$4"
    {
        printf 'Name: %s\nVersion: %s\nRelease: %s\nSummary: lab stand-in\nLicense: none\nBuildArch: x86_64\nAutoReqProv: no\n' "$1" "$2" "$3"
        cat
        printf '%%description\nMade for the lab; contains nothing of NVIDIA.\n%%install\ncp -a %s/. %%{buildroot}/\n%%files\n' "$4"
        (cd "$4" && find . -mindepth 3 -maxdepth 5 \( -path './usr/src/*' -o -path './usr/lib64/*' -o -path './usr/lib/modules/*' \) \
            ! -path './usr/src/kernels' ! -path './usr/src/nvidia-*/*' ! -path './usr/src/kernels/*/*' ! -path "./usr/lib/modules/$KERNEL" |
            sed 's/^\.//')
    } >/tmp/x.spec
    rpmbuild -bb --quiet --define "_rpmdir $repo" --define '_topdir /tmp/rpmbuild' /tmp/x.spec
}

kernel_modules() { # VERSION DEBIAN-NAME NAME OTHER-FLAVOUR
    tree=/tmp/trees/$1/$3
    mkdir -p "$tree/kmod/usr/src"
    dpkg-deb -x "/srv/lab-apt/$2_$1-1_amd64.deb" "$tree/kernel"
    cp -a "$tree/kernel/usr/src/nvidia-$1" "$tree/kmod/usr/src/"
    pack "$3" "$1" 1.el9 "$tree/kmod" <<END
Epoch: 3
Provides: nvidia-kmod = 3:$1
Conflicts: $4
Requires: dkms, nvidia-kmod-common = 3:$1
%post
dkms add -m nvidia -v $1 -q || :
dkms build -m nvidia -v $1 -q || :
dkms install -m nvidia -v $1 -q --force || :
%preun
dkms remove -m nvidia -v $1 -q --all || :
END
}

driver() { # VERSION
    kernel_modules "$1" nvidia-kernel-open-dkms kmod-nvidia-open-dkms kmod-nvidia-latest-dkms
    kernel_modules "$1" nvidia-kernel-dkms kmod-nvidia-latest-dkms kmod-nvidia-open-dkms
    tree=/tmp/trees/$1
    mkdir -p "$tree/libs/usr/lib64" "$tree/none"
    dpkg-deb -x "/srv/lab-apt/libnvidia-ml1_$1-1_amd64.deb" "$tree/ml"
    cp -a "$tree"/ml/usr/lib/x86_64-linux-gnu/libnvidia-ml.so* "$tree/libs/usr/lib64/"
    pack nvidia-kmod-common "$1" 1.el9 "$tree/none" <<END
Epoch: 3
Requires: nvidia-kmod = 3:$1
END
    pack nvidia-driver-cuda-libs "$1" 1.el9 "$tree/libs" <<'END'
Epoch: 3
%post -p /sbin/ldconfig
%postun -p /sbin/ldconfig
END
    pack nvidia-driver-cuda "$1" 1.el9 "$tree/none" <<END
Epoch: 3
Requires: nvidia-driver-cuda-libs = 3:$1, nvidia-kmod-common = 3:$1
END
}

for version in 535.261.03 550.90.07 550.163.01 580.65.06; do driver $version; done
# What came as Debian packages, and rpm has to hear of.
pack debian-below 9 1 /tmp/trees/none <<'END'
Provides: dkms, /bin/sh, /sbin/ldconfig, system-release = 9
END

# As Red Hat's kernel-devel has it, but for the version: a kernel's release of Debian has hyphens, which rpm takes for its own.
tree=/tmp/trees/devel
mkdir -p "$tree/usr/src/kernels/$KERNEL/include" "$tree/usr/lib/modules/$KERNEL"
echo '# Lab stand-in.' >"$tree/usr/src/kernels/$KERNEL/Makefile"
ln -s "/usr/src/kernels/$KERNEL" "$tree/usr/lib/modules/$KERNEL/build"
pack kernel-devel "$(echo "$KERNEL" | cut -d- -f1)" "$(echo "$KERNEL-lab" | cut -d- -f2- | tr - .)" "$tree" </dev/null

echo /usr/lib64 >/etc/ld.so.conf.d/lib64.conf
createrepo_c -q $repo
dnf -q makecache
dnf -q -y install debian-below
dnf -q -y install "/usr/src/kernels/$KERNEL"
dnf -q -y install nvidia-driver-cuda-550.163.01 kmod-nvidia-open-dkms-550.163.01
dkms status
depmod "$KERNEL"
