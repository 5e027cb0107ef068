#!/bin/sh
# Runs once, in the image under nodes that get updates: a local apt archive, Lab-Security, with packages made here in an old
# and a mended version. apt, dpkg and the packages are genuine.
set -eu
repo=/srv/lab-apt
work=/tmp/packages
mkdir -p "$repo" "$work"
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends dpkg-dev munge

tool() { # VERSION
    root=$work/labtool-$1
    mkdir -p "$root/DEBIAN" "$root/usr/bin" "$root/etc"
    printf 'Package: labtool\nVersion: %s\nArchitecture: all\nMaintainer: Lab <lab@localhost>\nDescription: A program that says its version\n' "$1" >"$root/DEBIAN/control"
    echo /etc/labtool.conf >"$root/DEBIAN/conffiles"
    echo 'level = usual' >"$root/etc/labtool.conf"
    printf '#!/bin/sh\necho %s\ncat /etc/labtool.conf\n' "$1" >"$root/usr/bin/labtool"
    chmod 0755 "$root/usr/bin/labtool"
    dpkg-deb --root-owner-group -Zgzip --build "$root" "$repo" >/dev/null
}
# One that is in use from the next boot on, as a kernel is: it says so as Debian's policy has it.
kernel() { # VERSION
    root=$work/labkernel-$1
    mkdir -p "$root/DEBIAN" "$root/usr/share/labkernel"
    printf 'Package: labkernel\nVersion: %s\nArchitecture: all\nMaintainer: Lab <lab@localhost>\nDescription: A package that wants a reboot\n' "$1" >"$root/DEBIAN/control"
    echo "$1" >"$root/usr/share/labkernel/version"
    # shellcheck disable=SC2016
    printf '#!/bin/sh\n[ "$1" = configure ] && [ -n "$2" ] || exit 0\n[ ! -d /run/systemd/system ] || { echo "*** System restart required ***" >/run/reboot-required; echo labkernel >>/run/reboot-required.pkgs; }\n' >"$root/DEBIAN/postinst"
    chmod 0755 "$root/DEBIAN/postinst"
    dpkg-deb --root-owner-group -Zgzip --build "$root" "$repo" >/dev/null
}
# One whose update needs a package that is not there yet, as a kernel's metapackage does.
meta() { # VERSION IMAGE
    root=$work/labmeta-$1
    mkdir -p "$root/DEBIAN"
    printf 'Package: labmeta\nVersion: %s\nArchitecture: all\nDepends: labimage-%s\nMaintainer: Lab <lab@localhost>\nDescription: The newest labimage\n' "$1" "$2" >"$root/DEBIAN/control"
    dpkg-deb --root-owner-group -Zgzip --build "$root" "$repo" >/dev/null
    root=$work/labimage-$2
    mkdir -p "$root/DEBIAN" "$root/usr/share/labimage-$2" "$root/etc"
    printf 'Package: labimage-%s\nVersion: 1\nArchitecture: all\nMaintainer: Lab <lab@localhost>\nDescription: An image\n' "$2" >"$root/DEBIAN/control"
    echo "/etc/labimage-$2.conf" >"$root/DEBIAN/conffiles"
    echo "$2" | tee "$root/etc/labimage-$2.conf" >"$root/usr/share/labimage-$2/version"
    dpkg-deb --root-owner-group -Zgzip --build "$root" "$repo" >/dev/null
}
plain() {
    root=$work/liblab
    mkdir -p "$root/DEBIAN" "$root/usr/share/liblab"
    printf 'Package: liblab\nVersion: 2.0-1\nArchitecture: all\nMaintainer: Lab <lab@localhost>\nDescription: A package without updates\n' >"$root/DEBIAN/control"
    dpkg-deb --root-owner-group -Zgzip --build "$root" "$repo" >/dev/null
}
for version in 1.0-1 1.0-1+sec1; do tool $version; kernel $version; done
meta 1.0-1 1
meta 1.0-1+sec1 2
plain
(cd "$repo" && dpkg-scanpackages --multiversion . 2>/dev/null >Packages
    printf 'Origin: Lab-Security\nLabel: Lab-Security\nSuite: lab-security\nDate: %s\nSHA256:\n %s %s Packages\n' "$(date -Ru)" \
        "$(sha256sum Packages | cut -d' ' -f1)" "$(stat -c %s Packages)" >Release)
apt-get update -q
apt-get install -q -y labtool labkernel labmeta liblab
