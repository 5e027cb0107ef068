# shellcheck shell=bash disable=SC2154
# A training job of which everything is real but the GPU: its loader, its use of the CPU, its progress. Variables: here, root.
# shellcheck disable=SC1091
. "$here/roles/common.sh"
# Two releases of the job's code: the second does work in each step that nobody needs.
install -D -m 0755 "$here/stand-ins/ml-job/train.py" "$root/opt/ml/releases/v1/train.py"
mkdir -p "$root/opt/ml/releases/v2"
sed 's/^    spin(CONFIG\["launch_cpu_ms"\])$/    time.sleep(0.3)/' "$here/stand-ins/ml-job/train.py" >"$root/opt/ml/releases/v2/train.py"
ln -s releases/v1 "$root/opt/ml/current"
install -D -m 0644 "$here/stand-ins/ml-job/train.json" "$root/opt/ml/train.json"
units=$root/etc/systemd/system
install -D -m 0644 "$here/stand-ins/ml-job/train.service" "$units/train.service"
mkdir -p "$units/multi-user.target.wants"
ln -sf /etc/systemd/system/train.service "$units/multi-user.target.wants/train.service"
