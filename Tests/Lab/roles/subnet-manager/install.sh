# shellcheck shell=bash disable=SC2154
# The InfiniBand fabric (ibsim) and its subnet manager (the real opensm under its own units). Variables: here, root, dir.
# shellcheck disable=SC1091
. "$here/roles/ib-node/install.sh"
units=$root/etc/systemd/system
mkdir -p "$units/opensm.service.d" "$units/opensm@.service.d" "$units/multi-user.target.wants"
port=0
hcas=''
{
    echo 'Switch 36 "sw1"'
    while read -r name _ roles; do
        case " $roles " in *" subnet-manager "* | *" ib-node "*) ;; *) continue ;; esac
        port=$((port + 1))
        echo "[$port] \"$name\"[1]"
        hcas+=$'\n'"Hca 1 \"$name\""$'\n'"[1] \"sw1\"[$port]"$'\n'
    done <"$dir/plan"
    printf '%s' "$hcas"
} >"$root/etc/lab/net.ib"
# Commands such as Unlink "cn1" go into /run/lab-ib/control.
cat >"$units/lab-ibsim.service" <<'END'
[Unit]
Description=Simulated InfiniBand fabric
Before=opensm.service
[Service]
RuntimeDirectory=lab-ib
ExecStartPre=/usr/bin/mkfifo /run/lab-ib/control
ExecStart=/bin/sh -c 'exec 3<>/run/lab-ib/control; exec ibsim -s -r -l 7070 /etc/lab/net.ib <&3'
ExecStartPost=/bin/sh -c 'n=0; while [ $$n -lt 100 ]; do grep -qi ":1B9E " /proc/net/udp && ip -4 addr show dev host0 | grep -q inet && exit 0; sleep 0.1; n=$$((n + 1)); done; exit 1'
[Install]
WantedBy=multi-user.target
END
# No kernel here has /sys/class/infiniband_mad.
printf '[Unit]\nConditionPathExists=\nAfter=lab-ibsim.service\n' >"$units/opensm.service.d/lab.conf"
{
    printf '[Unit]\nConditionPathExists=\n[Service]\nEnvironmentFile=/etc/lab/ib.env\nEnvironment=SIM_HOST=%%H\n'
    printf 'Environment=LD_PRELOAD=/usr/lib/x86_64-linux-gnu/umad2sim/libumad2sim.so\nWorkingDirectory=/run/lab-ib\n'
} >"$units/opensm@.service.d/lab.conf"
ln -sf /etc/systemd/system/lab-ibsim.service "$units/multi-user.target.wants/"
# The package ties it to network-online.target, which nothing in the lab waits for.
ln -sf /lib/systemd/system/opensm.service "$units/multi-user.target.wants/"
