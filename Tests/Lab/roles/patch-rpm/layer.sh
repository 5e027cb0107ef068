#!/bin/sh
# Runs once, in the image under nodes with rpm and dnf that get updates: a local dnf repository whose advisories say which updates are
# for security, with packages made here in an old and a mended version. What is genuine: rpm, dnf, createrepo_c. What stands in: the
# distribution: it is Debian.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck source=../rpm.sh
. /run/lab/data/rpm.sh

# pack NAME VERSION RELEASE TREE, with more lines of the spec file on standard input.
pack() {
    {
        printf 'Name: %s\nVersion: %s\nRelease: %s\nSummary: Made for the lab\nLicense: none\nBuildArch: noarch\nAutoReqProv: no\n' "$1" "$2" "$3"
        printf '%%description\nMade for the lab.\n%%install\ncp -a %s/. %%{buildroot}/\n%%files\n' "$4"
        cat
    } >/tmp/x.spec
    rpmbuild -bb --quiet --define "_rpmdir $repo" --define '_topdir /tmp/rpmbuild' /tmp/x.spec
}
for release in 1 2; do
    tree=/tmp/trees/labtool-$release
    mkdir -p $tree/usr/bin $tree/etc
    echo 'level = usual' >$tree/etc/labtool.conf
    printf '#!/bin/sh\necho 1.0-%s\ncat /etc/labtool.conf\n' $release >$tree/usr/bin/labtool
    chmod 0755 $tree/usr/bin/labtool
    pack labtool 1.0 $release $tree <<'END'
%config(noreplace) /etc/labtool.conf
/usr/bin/labtool
END
    # An update that takes effect at the next boot: needs-restarting knows such packages by their names.
    tree=/tmp/trees/linux-firmware-$release
    mkdir -p $tree/usr/lib/firmware
    echo $release >$tree/usr/lib/firmware/lab
    echo /usr/lib/firmware/lab | pack linux-firmware 1.0 $release $tree
done
# One whose update is no matter of security.
for release in 1 2; do
    tree=/tmp/trees/labother-$release
    mkdir -p $tree/usr/share/labother
    echo $release >$tree/usr/share/labother/release
    echo /usr/share/labother/release | pack labother 1.0 $release $tree
done

createrepo_c -q $repo
{
    echo '<?xml version="1.0" encoding="UTF-8"?><updates>'
    for name in labtool linux-firmware; do
        printf '<update from="lab@localhost" status="final" type="security" version="1"><id>LAB-%s</id><title>%s</title><severity>Important</severity>' $name $name
        printf '<issued date="2026-01-01 00:00:00"/><release>9</release><description>Made for the lab</description><pkglist><collection>'
        printf '<package name="%s" version="1.0" release="2" epoch="0" arch="noarch" src="%s-1.0-2.src.rpm"><filename>%s-1.0-2.noarch.rpm</filename></package>' $name $name $name
        echo '</collection></pkglist></update>'
    done
    echo '</updates>'
} >/tmp/updateinfo.xml
modifyrepo_c --mdtype=updateinfo /tmp/updateinfo.xml $repo/repodata
# What came as Debian packages, and rpm has to hear of.
mkdir -p /tmp/trees/none
pack debian-below 9 1 /tmp/trees/none </dev/null
rpm -i $repo/noarch/debian-below-9-1.noarch.rpm
rm $repo/noarch/debian-below-9-1.noarch.rpm
dnf -q makecache
dnf -q -y install labtool linux-firmware labother-1.0-1
rm -rf /tmp/trees /tmp/rpmbuild /tmp/x.spec /tmp/updateinfo.xml
