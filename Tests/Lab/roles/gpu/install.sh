# shellcheck shell=bash disable=SC2154
# Puts the stand-ins of a GPU node in place. Variables: here, root.
# shellcheck disable=SC1091
. "$here/roles/common.sh"
install -D -m 0644 "$here/stand-ins/gpu/gpu.sh" "$root/usr/local/lib/lab/gpu.sh"
install -D -m 0755 "$here/roles/gpu/data/install-driver" "$root/usr/local/lib/lab/install-driver"
install -D -m 0755 "$here/stand-ins/gpu/gpu-boot" "$root/usr/local/lib/lab/gpu-boot"
mkdir -p "$root/usr/sbin" "$root/usr/bin"
for command in modprobe rmmod lsmod; do install -m 0755 "$here/stand-ins/gpu/$command" "$root/usr/sbin/$command"; done
for command in lsmod nvidia-smi dmesg lspci dcgmi; do install -m 0755 "$here/stand-ins/gpu/$command" "$root/usr/bin/$command"; done
install -D -m 0755 "$here/stand-ins/gpu/nvidia-persistenced" "$root/usr/bin/nvidia-persistenced"
units=$root/etc/systemd/system
mkdir -p "$units/sysinit.target.wants"
install -m 0644 "$here/stand-ins/gpu/lab-gpu-boot.service" "$here/stand-ins/gpu/nvidia-persistenced.service" "$units/"
ln -sf /etc/systemd/system/lab-gpu-boot.service "$units/sysinit.target.wants/lab-gpu-boot.service"
