# shellcheck shell=bash disable=SC2154
# The real Prometheus, which discovers every node with role node-exporter by a file. Variables: here, root, dir.
# $dir/plan has NAME ADDRESS ROLE… of each node.
etc=$root/etc/prometheus
mkdir -p "$etc/file_sd"
targets=''
while read -r name _ roles; do
    case " $roles " in *" node-exporter "*) targets="$targets${targets:+, }\"$name:9100\"" ;; esac
done <"$dir/plan"
printf '[\n  {"targets": [%s], "labels": {"cluster": "lab"}}\n]\n' "$targets" >"$etc/file_sd/nodes.json"
cat >"$etc/prometheus.yml" <<'END'
global:
  scrape_interval: 2s
  scrape_timeout: 1s

rule_files:
  - rules/*.yml

scrape_configs:
  - job_name: prometheus
    static_configs:
      - targets: ["localhost:9090"]
  - job_name: node
    file_sd_configs:
      - files: [/etc/prometheus/file_sd/nodes.json]
        refresh_interval: 5s
END
mkdir -p "$etc/rules"
cat >"$etc/rules/nodes.yml" <<'END'
groups:
  - name: nodes
    rules:
      - alert: NodeDown
        expr: up{job="node"} == 0
        for: 5m
END
cp -p "$etc/prometheus.yml" "$etc/prometheus.yml.good"
chmod 0644 "$etc"/prometheus.yml* "$etc"/file_sd/* "$etc"/rules/*
