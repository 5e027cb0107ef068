# shellcheck shell=bash disable=SC2154
# Grafana's HTTP interface over the real Prometheus of the same host. Variables: here, root.
# shellcheck disable=SC1091
. "$here/roles/common.sh"
from=$here/stand-ins/grafana
install -D -m 0755 "$from/grafana-server" "$root/usr/sbin/grafana-server"
install -D -m 0644 "$from/grafana-server.service" "$root/etc/systemd/system/grafana-server.service"
install -D -m 0640 "$from/state.json" "$root/var/lib/grafana/state.json"
mkdir -p "$root/etc/grafana/provisioning/datasources" "$root/var/log/grafana" "$root/etc/systemd/system/multi-user.target.wants"
ln -sf /etc/systemd/system/grafana-server.service "$root/etc/systemd/system/multi-user.target.wants/grafana-server.service"
(umask 077; echo glsa_lab_admin >"$root/etc/grafana/runbook.token")
