# shellcheck shell=bash disable=SC2154
# slurm.conf and the munge key, the same on the controller, on every compute node and on the database. Where the lab has a database,
# jobs are accounted for, and the kernel holds them to the memory that they asked for. Variables: here, root, dir.
# $dir/plan has NAME ADDRESS ROLE… of each node.
controller='' controller_address='' database='' database_address='' nodes=() gpu=() plain=()
while read -r name address roles; do
    case " $roles " in *" slurm-controller "*) controller=$name controller_address=$address ;; esac
    case " $roles " in *" slurm-database "*) database=$name database_address=$address ;; esac
    case " $roles " in
    *" slurm-node "*)
        nodes+=("$name")
        case " $roles " in *" gpu "*) gpu+=("$name $address") ;; *) plain+=("$name $address") ;; esac
        ;;
    esac
done <"$dir/plan"
[ -n "$controller" ] || { echo "lab: the roles of Slurm need a node with role slurm-controller" >&2; exit 1; }
[ ${#nodes[@]} -gt 0 ] || { echo "lab: the roles of Slurm need nodes with role slurm-node" >&2; exit 1; }

mkdir -p "$dir/shared" "$root/etc/munge" "$root/etc/slurm" "$root/etc/systemd/system/munge.service.d"
[ -e "$dir/munge.key" ] || (umask 077; head -c 1024 /dev/urandom >"$dir/munge.key")
install -m 0400 "$dir/munge.key" "$root/etc/munge/munge.key"
# The user munge has no fixed number.
printf '[Service]\nExecStartPre=+/bin/chown -R munge:munge /etc/munge\n' >"$root/etc/systemd/system/munge.service.d/lab.conf"

mkdir -p "$root/usr/local/lib/lab/gres"
touch "$root/usr/local/lib/lab/gres/gpu0" "$root/usr/local/lib/lab/gres/gpu1"

{
    cat <<END
ClusterName=lab
SlurmctldHost=$controller($controller_address)
AuthType=auth/munge
ProctrackType=proctrack/linuxproc
SelectType=select/cons_tres
ReturnToService=2
SlurmUser=slurm
StateSaveLocation=/var/spool/slurmctld
SlurmdSpoolDir=/var/spool/slurmd
SlurmctldPidFile=/run/slurmctld.pid
SlurmdPidFile=/run/slurmd.pid
SlurmctldLogFile=/var/log/slurm/slurmctld.log
SlurmdLogFile=/var/log/slurm/slurmd.log
SlurmdTimeout=60
MpiDefault=none
GresTypes=gpu
END
    if [ -n "$database" ]; then
        cat <<END
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=$database_address
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=50
TaskPlugin=task/cgroup
END
    else
        echo SelectTypeParameters=CR_Core
        echo TaskPlugin=task/none
    fi
    for entry in "${plain[@]+"${plain[@]}"}"; do
        echo "NodeName=${entry% *} NodeAddr=${entry#* } CPUs=$(nproc) RealMemory=500 State=UNKNOWN"
    done
    for entry in "${gpu[@]+"${gpu[@]}"}"; do
        echo "NodeName=${entry% *} NodeAddr=${entry#* } CPUs=$(nproc) RealMemory=500 Gres=gpu:2 State=UNKNOWN"
    done
    echo "PartitionName=main Nodes=$(IFS=,; echo "${nodes[*]}") Default=YES MaxTime=INFINITE State=UP"
} >"$root/etc/slurm/slurm.conf"
{
    echo '# Bound to plain files: the device files come and go with the driver, and slurmd does not start without them.'
    for entry in "${gpu[@]+"${gpu[@]}"}"; do echo "NodeName=${entry% *} Name=gpu File=/usr/local/lib/lab/gres/gpu[0-1]"; done
} >"$root/etc/slurm/gres.conf"
[ -n "$database" ] || return 0
{
    if [ -d /sys/fs/cgroup/memory ]; then
        # systemd-nspawn shows a node its own group read-only (cgroup v1): mounted anew beside it.
        group=/run/lab/cgroups/memory
        mkdir -p "$root/etc/systemd/system/slurmd.service.d"
        printf '[Service]\nExecStartPre=/bin/sh -c "mkdir -p %s && { mountpoint -q %s || mount -t cgroup -o memory cgroup %s; }"\n' \
            $group $group $group >"$root/etc/systemd/system/slurmd.service.d/lab.conf"
        echo "CgroupMountpoint=${group%/*}"
    fi
    echo ConstrainRAMSpace=yes
} >"$root/etc/slurm/cgroup.conf"
