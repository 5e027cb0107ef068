# shellcheck shell=bash disable=SC2154
# The real slurmdbd. Variables: here, root, dir.
# shellcheck disable=SC1091
. "$here/roles/slurm.sh"
cat >"$root/etc/slurm/slurmdbd.conf" <<END
AuthType=auth/munge
DbdHost=$database
DbdAddr=$database_address
SlurmUser=slurm
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=slurm
StorageLoc=slurm_acct_db
LogFile=/var/log/slurm/slurmdbd.log
PidFile=/run/slurmdbd.pid
END
chmod 0600 "$root/etc/slurm/slurmdbd.conf"
