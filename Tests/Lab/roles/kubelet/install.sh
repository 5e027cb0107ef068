# shellcheck shell=bash disable=SC2154
# A Kubernetes node whose kubelet and containerd are stand-ins under real systemd units. Variables: here, root, dir.
# shellcheck disable=SC1091
. "$here/roles/common.sh"
from=$here/stand-ins/kubelet
install -D -m 0755 "$from/kubelet" "$root/usr/bin/kubelet"
install -D -m 0755 "$from/containerd" "$root/usr/bin/containerd"
install -D -m 0755 "$from/kubelet-join" "$root/usr/local/lib/lab/kubelet-join"
install -D -m 0644 "$from/config.yaml" "$root/var/lib/kubelet/config.yaml"
cp -p "$root/var/lib/kubelet/config.yaml" "$root/var/lib/kubelet/config.yaml.good"
install -D -m 0644 "$from/kubeadm-flags.env" "$root/var/lib/kubelet/kubeadm-flags.env"
install -D -m 0644 "$from/config.toml" "$root/etc/containerd/config.toml"
install -D -m 0644 "$from/10-bridge.conflist" "$root/etc/cni/net.d/10-bridge.conflist"
units=$root/etc/systemd/system
install -D -m 0644 "$from/10-kubeadm.conf" "$units/kubelet.service.d/10-kubeadm.conf"
install -D -m 0644 "$from/kubelet.service" "$root/lib/systemd/system/kubelet.service"
install -D -m 0644 "$from/containerd.service" "$root/lib/systemd/system/containerd.service"
install -D -m 0644 "$from/lab-kubelet-join.service" "$units/lab-kubelet-join.service"
# /lib is a link in the image.
mkdir -p "$root/usr/lib/systemd" && cp -a "$root/lib/systemd/." "$root/usr/lib/systemd/" && rm -rf "${root:?}/lib"
mkdir -p "$units/multi-user.target.wants"
for unit in kubelet containerd; do ln -sf "/lib/systemd/system/$unit.service" "$units/multi-user.target.wants/$unit.service"; done
ln -sf /etc/systemd/system/lab-kubelet-join.service "$units/multi-user.target.wants/lab-kubelet-join.service"

# The cluster's authority, which in the field only the control plane has, and the token it takes for joining anew.
authority=$dir/shared/kubernetes
if [ ! -e "$authority/ca.crt" ]; then
    mkdir -p "$authority"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=kubernetes \
        -keyout "$authority/ca.key" -out "$authority/ca.crt" 2>/dev/null
    printf '%s.%s\n' "$(openssl rand -hex 3)" "$(openssl rand -hex 8)" >"$authority/bootstrap-token"
fi
install -D -m 0644 "$authority/ca.crt" "$root/etc/kubernetes/pki/ca.crt"
# Where the API is, in a lab that has one.
address=$(awk '/ kubernetes-control( |$)/ { print $2; exit }' "$dir/plan")
if [ -n "$address" ]; then
    install -d "$root/etc/lab/kubernetes"
    printf 'ADDRESS=%s\n' "$address" >"$root/etc/lab/kubernetes/address"
fi
