#!/bin/sh
# Runs once, inside a throwaway copy of the base image: builds the Kubernetes that Debian has the source of and packages
# only the client of, with Debian's Go. What it puts below /out becomes the layer under nodes with a control plane.
set -eu
programs='kube-apiserver kube-scheduler kube-controller-manager kubelet kubeadm kubemark'
started=$(date +%s)

# Sources are wanted as well, without touching what the image itself knows of repositories.
sed -n 'p; s/^deb /deb-src /p' /run/sources.list >/run/kubernetes.list
APT_OPTIONS='-o Dir::Etc::SourceList=/run/kubernetes.list -o Dir::Etc::SourceParts=/dev/null'
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends golang-go make rsync jq dpkg-dev git \
    golang-github-modern-go-reflect2-dev
mkdir -p /build /out/usr/local/bin
cd /build
# shellcheck disable=SC2086
apt-get $APT_OPTIONS source -q kubernetes
cd kubernetes-*/
version=$(dpkg-parsechangelog -S Version | sed 's/.*really//; s/-.*//')

# The vendored reflect2 1.0.1 reads maps in a way that ends the API server under Go 1.18 and later.
reflect=vendor/github.com/modern-go/reflect2
rm -f $reflect/*.go $reflect/*.s
cp -L /usr/share/gocode/src/github.com/modern-go/reflect2/*.go /usr/share/gocode/src/github.com/modern-go/reflect2/*.s $reflect/
rm -f $reflect/*_test.go

# The source package has no git history to take a version from.
cat >/build/version <<END
KUBE_GIT_COMMIT=debian
KUBE_GIT_TREE_STATE=archive
KUBE_GIT_VERSION=v$version
KUBE_GIT_MAJOR=$(echo "$version" | cut -d. -f1)
KUBE_GIT_MINOR=$(echo "$version" | cut -d. -f2)
END
# As in the package's own rules: the tree inside a GOPATH. `make` writes what `go build` alone would miss (openapi).
mkdir -p .go/src/k8s.io
ln -s ../../.. .go/src/k8s.io/kubernetes
export GOPATH="$PWD/.go" HOME=/build/home CGO_ENABLED=0 KUBE_GIT_VERSION_FILE=/build/version GOFLAGS=
mkdir -p "$HOME"
make WHAT="$(for program in $programs; do printf 'cmd/%s ' "$program"; done)"
for program in $programs; do install -s -m 0755 "_output/bin/$program" /out/usr/local/bin/; done
/out/usr/local/bin/kube-apiserver --version | grep -q "v$version"
seconds=$(($(date +%s) - started))
mkdir -p /out/usr/local/share/lab
printf 'kubernetes %s, built in %s s\n' "$version" "$seconds" | tee /out/usr/local/share/lab/kubernetes
