#!/bin/sh
# Runs inside the fresh base image: what every node of the lab has in common.
set -eu

# Nodes have no way out of their network: apt knows the lab's own repository alone, which roles may fill.
rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
mkdir -p /srv/lab-apt
: > /srv/lab-apt/Packages
echo 'deb [trusted=yes] file:/srv/lab-apt ./' > /etc/apt/sources.list.d/lab.list
printf 'APT::Install-Recommends "false";\nAcquire::Languages "none";\n' > /etc/apt/apt.conf.d/90lab

# 32 systemds share few cores: no timers and no consoles that nobody reads.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
    fstrim.timer console-getty.service getty.target systemd-firstboot.service nftables.service; do
    ln -sf /dev/null "/etc/systemd/system/$unit"
done
wants=/etc/systemd/system/multi-user.target.wants
mkdir -p "$wants"
ln -sf /lib/systemd/system/systemd-networkd.service "$wants/systemd-networkd.service"
ln -sf /lib/systemd/system/multi-user.target /etc/systemd/system/default.target
rm -f "$wants/systemd-networkd-wait-online.service"
mkdir -p /etc/systemd/journald.conf.d
printf '[Journal]\nStorage=volatile\nRuntimeMaxUse=16M\n' > /etc/systemd/journald.conf.d/lab.conf

# admin: sudo without a password. operator: sudo that asks for one, which each lab sets anew.
useradd --create-home --shell /bin/bash admin
useradd --create-home --shell /bin/bash --gid operator --groups sudo operator
printf 'admin ALL=(ALL) NOPASSWD: ALL\n' > /etc/sudoers.d/lab-admin
chmod 0440 /etc/sudoers.d/lab-admin
install -d -m 0700 /root/.ssh
install -d -m 0700 -o admin -g admin /home/admin/.ssh
install -d -m 0700 -o operator -g operator /home/operator/.ssh

mkdir -p /var/lib/lab /var/log/lab
chmod 1777 /var/log/lab

# Every node gets its own.
rm -f /etc/ssh/ssh_host_* /etc/machine-id /var/lib/dbus/machine-id /etc/hostname
: > /etc/machine-id
rm -rf /var/cache/apt/archives/*.deb /var/lib/apt/lists/* /var/log/*.log
