# shellcheck shell=bash disable=SC2154
# The Kubernetes control plane under systemd units, its hollow nodes, and what stands in around it. Variables: here, root, dir.
# shellcheck disable=SC1091
. "$here/roles/common.sh"
from=$here/stand-ins/kubernetes
lib=$root/usr/local/lib/lab/kubernetes
units=$root/etc/systemd/system
for program in lab-kubelet lab-coredns lab-netpol lab-ingress lab-static-pods hollow-start cluster-start ready pki; do
    install -D -m 0755 "$from/$program" "$lib/$program"
done
install -D -m 0755 "$from/aws" "$root/usr/local/bin/aws"
install -D -m 0644 "$from/cluster.py" "$lib/cluster.py"
install -m 0644 "$from/cluster.yaml" "$from/web.yaml" "$lib/"
install -d "$units/multi-user.target.wants"
install -m 0644 "$from"/units/*.service "$units/"
# Memory is plenty, cores are few: garbage is collected less.
for prefix in kube- hollow-; do
    install -d "$units/$prefix.service.d"
    printf '[Service]\nEnvironment=GOGC=500\n' >"$units/$prefix.service.d/garbage.conf"
done
# Packages start their own ones otherwise.
for unit in dnsmasq nginx prometheus prometheus-node-exporter; do ln -sf /dev/null "$units/$unit.service"; done
ln -sf /etc/systemd/system/kubernetes-cluster.service "$units/multi-user.target.wants/kubernetes-cluster.service"
install -d "$root/etc/lab/kubernetes" "$root/var/lib/lab/autoscaling"
printf 'ADDRESS=%s\n' "$(awk '/ kubernetes-control( |$)/ { print $2; exit }' "$dir/plan")" >"$root/etc/lab/kubernetes/address"
printf 'desired=2 maximum=3\n' >"$root/var/lib/lab/autoscaling/workers"
cat >"$root/etc/lab/kubernetes/prometheus.yml" <<'END'
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: kubelet
    metrics_path: /metrics/cadvisor
    static_configs:
      - targets: ["localhost:10255"]
END
