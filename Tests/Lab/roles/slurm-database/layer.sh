#!/bin/sh
# Runs once, in the image under Slurm's database: Debian's slurmdbd and MariaDB.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends slurmdbd mariadb-server slurm-client munge

# The first write to a file copies all of it into the node: the log is 96 MiB otherwise.
cat >/etc/mysql/mariadb.conf.d/99-lab.cnf <<'END'
[mariadbd]
innodb_log_file_size = 4M
innodb_buffer_pool_size = 16M
innodb_lock_wait_timeout = 900
END
rm -rf /var/lib/mysql
install -d -o mysql -g mysql /var/lib/mysql
# By force: the host of the build has no name that can be looked up.
mariadb-install-db --user=mysql --datadir=/var/lib/mysql --skip-test-db --force >/dev/null
# slurmdbd is who its process's user says.
mariadbd --user=mysql --bootstrap <<'END'
USE mysql;
FLUSH PRIVILEGES;
CREATE DATABASE slurm_acct_db;
CREATE USER slurm@localhost IDENTIFIED VIA unix_socket;
GRANT ALL ON slurm_acct_db.* TO slurm@localhost;
END
install -d -o slurm -g slurm /var/log/slurm
# Its settings must be its own, and it is up once it listens, so that the controller, which comes after it, need not try again.
install -d /etc/systemd/system/slurmdbd.service.d
cat >/etc/systemd/system/slurmdbd.service.d/lab.conf <<'END'
[Unit]
Before=slurmctld.service

[Service]
ExecStartPre=+/bin/chown slurm: /etc/slurm/slurmdbd.conf
ExecStartPost=/bin/sh -c 'until ss -Hltn sport = :6819 | grep -q .; do sleep 0.05; done'
END
