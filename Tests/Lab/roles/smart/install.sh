# shellcheck shell=bash disable=SC2154
# Disks that speak SMART: two SATA ones, one behind a RAID controller, and an NVMe one. Variables: here, root.
# shellcheck disable=SC1091
. "$here/roles/common.sh"
install -D -m 0755 "$here/stand-ins/smart/smartctl" "$root/usr/sbin/smartctl"
install -D -m 0755 "$here/stand-ins/smart/lab-smart" "$root/usr/local/sbin/lab-smart"
install -d "$root/var/lib/lab"
cat >"$root/var/lib/lab/smart.json" <<'END'
{"sda": {"model": "LAB ST8000", "serial": "ZA1LAB01", "passed": true, "attributes": {"5": 0, "187": 0, "197": 0, "198": 0}},
 "sdb": {"model": "LAB ST8000", "serial": "ZA1LAB02", "passed": true, "attributes": {"5": 0, "187": 0, "197": 0, "198": 0}},
 "bus/0": {"type": "megaraid,0", "model": "LAB ST8000", "serial": "ZA1LAB03", "passed": true, "attributes": {"5": 0, "187": 0, "197": 0, "198": 0}},
 "nvme0": {"type": "nvme", "model": "LAB NVME 2T", "serial": "S0LAB04", "passed": true, "attributes": {"critical_warning": 0, "temperature": 38, "media_errors": 0}}}
END
