# shellcheck shell=bash disable=SC2154
# A data set under /srv/data with its manifest, the same on every node, and an rsync daemon that serves it. Variables: root.
data=$root/srv/data
mkdir -p "$data" "$root/etc/systemd/system/multi-user.target.wants"
for shard in 0 1 2 3; do
    for row in $(seq 200); do printf '{"id": %d, "text": "row %d of shard %d", "label": %d}\n' "$row" "$row" "$shard" $((row % 10)); done \
        >"$data/part-0000$shard-of-00004.jsonl"
done
{ echo id,name,score; for row in $(seq 100); do echo "$row,name$row,$((row * 3))"; done; } >"$data/labels.csv"
(cd "$data" && sha256sum part-* labels.csv) >"$root/srv/data.sha256"
chmod 0755 "$data"
chmod 0644 "$data"/* "$root/srv/data.sha256"
printf '[data]\npath = /srv/data\nread only = yes\nuid = root\n' >"$root/etc/rsyncd.conf"
ln -sf /lib/systemd/system/rsync.service "$root/etc/systemd/system/multi-user.target.wants/rsync.service"
