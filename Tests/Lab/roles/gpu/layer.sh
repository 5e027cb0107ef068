#!/bin/sh
# Runs once, in the image under the GPU nodes. Adds the real dkms and gcc, and a local apt repository with packages made
# here: `nvidia-driver` with its library and its modules, open and proprietary, in four versions, under the names of NVIDIA's
# repository for Debian; and the kernel's headers. Not the newest driver is installed, as on a healthy node whose site keeps
# to a branch; its modules are the open ones.
#
# What is genuine: apt, dpkg, dkms, gcc, depmod, modinfo, ldconfig. What stands in: the module (an object file with module
# metadata, which no kernel loads), libnvidia-ml (a library with no functions) and the headers (a folder).
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends dkms gcc libc6-dev make psmisc

repo=/srv/lab-apt
work=/tmp/packages
mkdir -p "$repo" "$work"

pack() { # FOLDER
    dpkg-deb --root-owner-group -Zgzip --build "$1" "$repo" >/dev/null
}

# control FOLDER NAME VERSION SECTION DEPENDS DESCRIPTION
control() {
    mkdir -p "$1/DEBIAN" "$1/usr/share/doc/$2"
    cat > "$1/DEBIAN/control" <<END
Package: $2
Version: $3-1
Architecture: amd64
Section: $4
Maintainer: Lab <lab@localhost>
Depends: $5
Description: $6
END
    echo 'Made for the lab; contains nothing of NVIDIA.' > "$1/usr/share/doc/$2/copyright"
}

# Packages that go only with each other's version, as the driver's do; of the modules one flavour.
driver() { # VERSION
    root=$work/nvidia-driver-$1
    control "$root" nvidia-driver "$1" non-free/libs "libnvidia-ml1 (= $1-1), nvidia-kernel-dkms (= $1-1) | nvidia-kernel-open-dkms (= $1-1)" \
        'NVIDIA driver metapackage (lab stand-in: no GPU is driven)'
    pack "$root"

    root=$work/libnvidia-ml1-$1
    control "$root" libnvidia-ml1 "$1" non-free/libs libc6 'NVIDIA Management Library (lab stand-in: without functions)'
    mkdir -p "$root/usr/lib/x86_64-linux-gnu"
    echo '/* Lab stand-in for the NVIDIA Management Library. */ int lab_stand_in;' > "$work/ml.c"
    gcc -shared -fPIC -s -Wl,-soname,libnvidia-ml.so.1 -o "$root/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.$1" "$work/ml.c"
    ln -s "libnvidia-ml.so.$1" "$root/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1"
    printf 'activate-noawait ldconfig\n' > "$root/DEBIAN/triggers"
    pack "$root"

    kernel_modules "$1" nvidia-kernel-dkms NVIDIA nvidia-kernel-open-dkms
    kernel_modules "$1" nvidia-kernel-open-dkms 'Dual MIT/GPL' nvidia-kernel-dkms
}

kernel_modules() { # VERSION NAME LICENSE OTHER-FLAVOUR
    root=$work/$2-$1
    source=$root/usr/src/nvidia-$1
    control "$root" "$2" "$1" non-free/kernel dkms 'NVIDIA kernel module (lab stand-in: metadata without code)'
    echo "Conflicts: $4" >> "$root/DEBIAN/control"
    mkdir -p "$source/nvidia"
    cat > "$source/dkms.conf" <<END
PACKAGE_NAME="nvidia"
PACKAGE_VERSION="$1"
BUILT_MODULE_NAME[0]="nvidia"
BUILT_MODULE_NAME[1]="nvidia-uvm"
BUILT_MODULE_NAME[2]="nvidia-modeset"
BUILT_MODULE_NAME[3]="nvidia-drm"
DEST_MODULE_LOCATION[0]="/updates/dkms"
DEST_MODULE_LOCATION[1]="/updates/dkms"
DEST_MODULE_LOCATION[2]="/updates/dkms"
DEST_MODULE_LOCATION[3]="/updates/dkms"
MAKE[0]="make KERNEL_UNAME=\${kernelver}"
CLEAN="make clean"
AUTOINSTALL="yes"
END
    cat > "$source/Makefile" <<'END'
# Lab stand-in: compiles the module's metadata, not a driver.
modules: nvidia.ko nvidia-uvm.ko nvidia-modeset.ko nvidia-drm.ko

%.ko: nvidia/nv.c
	test -e /lib/modules/$(KERNEL_UNAME)/build/Makefile
	$(CC) -c -DNAME='"$(subst -,_,$*)"' -DDEPENDS='"$(if $(filter nvidia,$*),,nvidia)"' -DKERNEL='"$(KERNEL_UNAME)"' -o $@ $<

clean:
	rm -f *.ko
END
    cat > "$source/nvidia/nv.c" <<END
/* Lab stand-in: what modinfo shows of the NVIDIA kernel module, without code. */
#define INFO(id, text) static const char info_##id[] __attribute__((section(".modinfo"), used, aligned(1))) = text
INFO(name, "name=" NAME);
INFO(version, "version=$1");
#define MODULE_LICENSE(text) INFO(license, "license=" text)
MODULE_LICENSE("$3");
INFO(depends, "depends=" DEPENDS);
INFO(vermagic, "vermagic=" KERNEL " SMP preempt mod_unload ");
INFO(alias, "alias=pci:v000010DEd*sv*sd*bc03sc02i00*");
END
    cat > "$root/DEBIAN/postinst" <<END
#!/bin/sh
# As dkms packages do: a module is built where the kernel's headers are, and their lack is no error.
set -e
[ "\$1" = configure ] || exit 0
dkms add -m nvidia -v $1 || true
if [ -e "/lib/modules/\$(uname -r)/build" ]; then
    dkms install -m nvidia -v $1 --force
else
    echo "Module build for kernel \$(uname -r) was skipped since the kernel headers for this kernel does not seem to be installed." >&2
fi
END
    cat > "$root/DEBIAN/prerm" <<END
#!/bin/sh
set -e
dkms remove -m nvidia -v $1 --all || true
END
    chmod 0755 "$root/DEBIAN/postinst" "$root/DEBIAN/prerm"
    pack "$root"
}

# By the name that it has for each branch of drivers; not installed.
fabric_manager() { # VERSION
    root=$work/fabricmanager-$1
    control "$root" "nvidia-fabricmanager-${1%%.*}" "$1" non-free/utils libc6 'Fabric manager of NVSwitches (lab stand-in)'
    mkdir -p "$root/usr/share/nvidia/nvswitch"
    echo "$1" > "$root/usr/share/nvidia/nvswitch/version"
    install -D -m 0755 /run/lab/data/nv-fabricmanager "$root/usr/bin/nv-fabricmanager"
    install -D -m 0644 /run/lab/data/nvidia-fabricmanager.service "$root/usr/lib/systemd/system/nvidia-fabricmanager.service"
    printf '#!/bin/sh\n[ ! -d /run/systemd/system ] || systemctl daemon-reload\n' > "$root/DEBIAN/postinst"
    # shellcheck disable=SC2016
    printf '#!/bin/sh\n[ "$1" != remove ] || [ ! -d /run/systemd/system ] || systemctl stop nvidia-fabricmanager\n' > "$root/DEBIAN/prerm"
    cp "$root/DEBIAN/postinst" "$root/DEBIAN/postrm"
    printf 'Provides: nvidia-fabricmanager\nConflicts: nvidia-fabricmanager\nReplaces: nvidia-fabricmanager\n' >> "$root/DEBIAN/control"
    chmod 0755 "$root"/DEBIAN/p*
    pack "$root"
}

headers() {
    root=$work/headers
    mkdir -p "$root/DEBIAN" "$root/usr/src/linux-headers-$KERNEL/include" "$root/lib/modules/$KERNEL"
    cat > "$root/DEBIAN/control" <<END
Package: linux-headers-$KERNEL
Version: 1-1
Architecture: amd64
Section: kernel
Maintainer: Lab <lab@localhost>
Description: Header files for Linux $KERNEL (lab stand-in: nothing to build a kernel module with)
END
    echo '# Lab stand-in.' > "$root/usr/src/linux-headers-$KERNEL/Makefile"
    ln -s "/usr/src/linux-headers-$KERNEL" "$root/lib/modules/$KERNEL/build"
    cat > "$root/DEBIAN/postinst" <<END
#!/bin/sh
set -e
[ "\$1" = configure ] && [ -d /etc/kernel/header_postinst.d ] || exit 0
run-parts --exit-on-error --arg=$KERNEL /etc/kernel/header_postinst.d
END
    chmod 0755 "$root/DEBIAN/postinst"
    pack "$root"
}

mkdir -p "/lib/modules/$KERNEL/kernel/drivers/gpu/drm/nouveau"
printf '#define INFO(id, text) static const char info_##id[] __attribute__((section(".modinfo"), used, aligned(1))) = text
INFO(name, "name=nouveau"); INFO(license, "license=GPL and additional rights"); INFO(depends, "depends=");
INFO(vermagic, "vermagic=%s SMP preempt mod_unload "); INFO(alias, "alias=pci:v000010DEd*sv*sd*bc03sc*i*");\n' "$KERNEL" \
    > "$work/nouveau.c"
gcc -c -o "/lib/modules/$KERNEL/kernel/drivers/gpu/drm/nouveau/nouveau.ko" "$work/nouveau.c"
: > "/lib/modules/$KERNEL/modules.order"
: > "/lib/modules/$KERNEL/modules.builtin"
: > "/lib/modules/$KERNEL/modules.builtin.modinfo"

for version in 535.261.03 550.90.07 550.163.01 580.65.06; do driver $version; fabric_manager $version; done
headers
(cd "$repo" && dpkg-scanpackages --multiversion . 2>/dev/null > Packages
    printf 'Origin: lab\nLabel: lab\nDate: %s\nSHA256:\n %s %s Packages\n' "$(date -Ru)" \
        "$(sha256sum Packages | cut -d' ' -f1)" "$(stat -c %s Packages)" > Release)

# The lab's own commands of these names come with the role; the real ones go to a folder of their own.
mkdir -p /usr/lib/lab-real
for command in /sbin/modprobe /sbin/rmmod /sbin/lsmod /bin/lsmod /bin/dmesg; do
    if [ -e "$command" ]; then
        dpkg-divert --quiet --local --rename --add --divert "/usr/lib/lab-real/$(basename "$command")" "$command" || rm "$command"
    fi
done
ln -sf /bin/kmod /usr/lib/lab-real/modprobe

apt-get update -q
apt-get install -q -y "linux-headers-$KERNEL"
sh /run/lab/data/install-driver 550.163.01
dkms status
printf 'blacklist nouveau\noptions nouveau modeset=0\n' > /etc/modprobe.d/blacklist-nouveau.conf
depmod "$KERNEL"
