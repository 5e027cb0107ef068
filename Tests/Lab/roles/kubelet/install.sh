# shellcheck shell=bash disable=SC2154
# A Kubernetes node: the real kubelet and containerd, with the files that kubeadm writes. Variables: here, root, dir.
# shellcheck disable=SC1091
. "$here/roles/common.sh"
from=$here/stand-ins/kubelet
install -d "$root/usr/bin" "$root/opt/cni"
ln -s /usr/local/bin/kubelet "$root/usr/bin/kubelet"
ln -s /usr/lib/cni "$root/opt/cni/bin"
for program in kubelet-join kubelet-kernel kubelet-with-docker; do
    install -D -m 0755 "$from/$program" "$root/usr/local/lib/lab/$program"
done
install -D -m 0644 "$from/config.yaml" "$root/var/lib/kubelet/config.yaml"
cp -p "$root/var/lib/kubelet/config.yaml" "$root/var/lib/kubelet/config.yaml.good"
install -D -m 0644 "$from/kubeadm-flags.env" "$root/var/lib/kubelet/kubeadm-flags.env"
install -D -m 0644 "$from/config.toml" "$root/etc/containerd/config.toml"
install -D -m 0644 "$from/10-bridge.conflist" "$root/etc/cni/net.d/10-bridge.conflist"
units=$root/etc/systemd/system
for file in 10-kubeadm.conf 20-lab.conf; do
    install -D -m 0644 "$from/$file" "$units/kubelet.service.d/$file"
done
# /lib is a link in the image.
install -D -m 0644 "$from/kubelet.service" "$root/usr/lib/systemd/system/kubelet.service"
install -D -m 0644 "$from/lab-kubelet-join.service" "$units/lab-kubelet-join.service"
mkdir -p "$units/multi-user.target.wants"
ln -sf /lib/systemd/system/kubelet.service "$units/multi-user.target.wants/kubelet.service"
ln -sf /etc/systemd/system/lab-kubelet-join.service "$units/multi-user.target.wants/lab-kubelet-join.service"

# The cluster's authority, which in the field only the control plane has.
authority=$dir/shared/kubernetes
if [ ! -e "$authority/ca.crt" ]; then
    mkdir -p "$authority"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=kubernetes \
        -keyout "$authority/ca.key" -out "$authority/ca.crt" 2>/dev/null
fi
install -D -m 0644 "$authority/ca.crt" "$root/etc/kubernetes/pki/ca.crt"
# Where the API is, in a lab that has one.
address=$(awk '/ kubernetes-control( |$)/ { print $2; exit }' "$dir/plan")
if [ -n "$address" ]; then
    install -d "$root/etc/lab/kubernetes"
    printf 'ADDRESS=%s\n' "$address" >"$root/etc/lab/kubernetes/address"
fi
