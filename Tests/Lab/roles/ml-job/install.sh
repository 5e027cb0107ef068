# shellcheck shell=bash disable=SC2154
# A training job of which everything is real but the GPU: its loader, its use of the CPU, its progress. Variables: here, root.
# shellcheck disable=SC1091
. "$here/roles/common.sh"
install -D -m 0755 "$here/stand-ins/ml-job/train.py" "$root/opt/ml/train.py"
install -D -m 0644 "$here/stand-ins/ml-job/train.json" "$root/opt/ml/train.json"
units=$root/etc/systemd/system
install -D -m 0644 "$here/stand-ins/ml-job/train.service" "$units/train.service"
mkdir -p "$units/multi-user.target.wants"
ln -sf /etc/systemd/system/train.service "$units/multi-user.target.wants/train.service"
