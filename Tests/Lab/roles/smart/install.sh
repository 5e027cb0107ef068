# shellcheck shell=bash disable=SC2154
# Two disks that speak SMART. Variables: here, root.
# shellcheck disable=SC1091
. "$here/roles/common.sh"
install -D -m 0755 "$here/stand-ins/smart/smartctl" "$root/usr/sbin/smartctl"
install -D -m 0755 "$here/stand-ins/smart/lab-smart" "$root/usr/local/sbin/lab-smart"
install -d "$root/var/lib/lab"
cat >"$root/var/lib/lab/smart.json" <<'END'
{"sda": {"model": "LAB ST8000", "serial": "ZA1LAB01", "passed": true, "attributes": {"5": 0, "187": 0, "197": 0, "198": 0}},
 "sdb": {"model": "LAB ST8000", "serial": "ZA1LAB02", "passed": true, "attributes": {"5": 0, "187": 0, "197": 0, "198": 0}}}
END
