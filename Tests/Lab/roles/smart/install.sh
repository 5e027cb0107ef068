# shellcheck shell=bash disable=SC2154
# Disks that speak SMART: two SATA ones, a SAS one behind a RAID controller, and an NVMe one. Each has passed a self-test.
# Variables: here, root.
# shellcheck disable=SC1091
. "$here/roles/common.sh"
install -D -m 0755 "$here/stand-ins/smart/smartctl" "$root/usr/sbin/smartctl"
install -D -m 0755 "$here/stand-ins/smart/nvme" "$root/usr/sbin/nvme"
install -D -m 0755 "$here/stand-ins/smart/lab-smart" "$root/usr/local/sbin/lab-smart"
install -d "$root/var/lib/lab"
cat >"$root/var/lib/lab/smart.json" <<'END'
{"sda": {"model": "LAB ST8000", "serial": "ZA1LAB01", "passed": true, "attributes": {"5": 0, "187": 0, "197": 0, "198": 0}, "self_tests": [{"type": "Short", "ends": 1700000000, "failed": false}]},
 "sdb": {"model": "LAB ST8000", "serial": "ZA1LAB02", "passed": true, "attributes": {"5": 0, "187": 0, "197": 0, "198": 0}, "self_tests": [{"type": "Short", "ends": 1700000000, "failed": false}]},
 "bus/0": {"type": "megaraid,0", "protocol": "SCSI", "model": "LAB ST8000NM", "serial": "ZA1LAB03", "passed": true, "self_tests": [{"type": "Short", "ends": 1700000000, "failed": false}]},
 "nvme0": {"type": "nvme", "protocol": "NVMe", "model": "LAB NVME 2T", "serial": "S0LAB04", "passed": true, "attributes": {"critical_warning": 0, "temperature": 38, "media_errors": 0}, "self_tests": [{"type": "Short", "ends": 1700000000, "failed": false}]}}
END
