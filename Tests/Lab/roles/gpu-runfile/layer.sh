#!/bin/sh
# Runs once, in the image under GPU nodes whose driver came by NVIDIA's installer, as on the images of AWS ParallelCluster:
# the Debian packages of role gpu go, and installers with what was in them lie in /srv/nvidia, with modules of both flavours.
#
# What is genuine: dkms, gcc, depmod. What stands in: the installer, whose options, texts and exit status are those of
# nvidia-installer 550 as far as they are known here; and what role gpu says.
set -eu
apt-get purge -q -y nvidia-driver nvidia-kernel-open-dkms libnvidia-ml1
mkdir -p /srv/nvidia /tmp/trees
for version in 535.261.03 550.90.07 550.163.01 580.65.06; do
    tree=/tmp/trees/$version
    mkdir -p "$tree"
    for package in nvidia-kernel-dkms nvidia-kernel-open-dkms libnvidia-ml1; do
        dpkg-deb -x "/srv/lab-apt/${package}_$version-1_amd64.deb" "$tree/$package"
    done
    mv "$tree/nvidia-kernel-dkms/usr/src/nvidia-$version" "$tree/kernel"
    mv "$tree/nvidia-kernel-open-dkms/usr/src/nvidia-$version" "$tree/kernel-open"
    mkdir "$tree/root"
    mv "$tree/libnvidia-ml1/usr" "$tree/root/"
    rm -rf "${tree:?}/root/usr/share"
    {
        sed "s/@VERSION@/$version/g" /run/lab/data/installer
        tar -C "$tree" -czf - kernel kernel-open root | base64
    } >"/srv/nvidia/NVIDIA-Linux-x86_64-$version.run"
done
sh /srv/nvidia/NVIDIA-Linux-x86_64-550.163.01.run --silent --dkms --disable-nouveau -m=kernel-open
dkms status
