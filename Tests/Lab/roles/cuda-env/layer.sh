#!/bin/sh
# Runs once, in the image under GPU nodes with a Python environment: NVIDIA's own CUDA runtime wheels of PyPI in two
# versions, a framework that stands in and needs one of them, and the runtime as a package in the local apt repository.
set -eu
# shellcheck disable=SC2086
apt-get $APT_OPTIONS update -q
# shellcheck disable=SC2086
apt-get $APT_OPTIONS install -q -y --no-install-recommends python3 python3-venv dpkg-dev
[ -n "$PIP_CERT" ] || unset PIP_CERT
mkdir -p /srv/wheelhouse /opt/ml/envs /tmp/work
cd /tmp/work
python3 -m venv /opt/ml/envs/cuda-base
pip=/opt/ml/envs/cuda-base/bin/pip
for version in 12.4.127 12.1.105; do
    $pip download -q --only-binary :all: --no-deps -d /srv/wheelhouse "nvidia-cuda-runtime-cu12==$version"
done

cat > labtorch.py <<'END'
"""Lab stand-in for a framework built against CUDA 12.4. Real: the CUDA runtime of NVIDIA's wheel, which is opened as a
dynamic linker would find it (LD_LIBRARY_PATH before the wheel's own folder) and asked for its version. Standing in: the
GPU, of which only the driver's version is asked of nvidia-smi."""

import ctypes
import os
import subprocess
import types

__version__ = "1.0.0+cu124"
version = types.SimpleNamespace(cuda="12.4")
_BUILT = 12040
_NAME = "libcudart.so.12"


def _open():
    own = os.path.join(os.path.dirname(__file__), "nvidia", "cuda_runtime", "lib")
    for folder in [*filter(None, os.environ.get("LD_LIBRARY_PATH", "").split(":")), own]:
        path = os.path.join(folder, _NAME)
        if os.path.exists(path):
            return ctypes.CDLL(path)
    raise ImportError(f"{_NAME}: cannot open shared object file: No such file or directory")


_runtime = _open()
_number = ctypes.c_int()
_runtime.cudaRuntimeGetVersion(ctypes.byref(_number))
if _number.value < _BUILT:
    raise RuntimeError(
        f"CUDA runtime version incompatibility: labtorch was compiled against {_BUILT} but found runtime version {_number.value}")


def _driver():
    answer = subprocess.run(
        ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"], capture_output=True, text=True)
    if answer.returncode:
        return 0
    return int(answer.stdout.splitlines()[0].split(".")[0])


def _is_available():
    found = _driver()
    if found and found < 525:
        raise RuntimeError("CUDA error: CUDA driver version is insufficient for CUDA runtime version")
    return found >= 525


cuda = types.SimpleNamespace(is_available=_is_available, get_arch_list=lambda: ["sm_80", "sm_90"])
END
python3 - labtorch.py <<'END'
import base64, hashlib, sys, zipfile
files = {
    "labtorch.py": open(sys.argv[1], "rb").read(),
    "labtorch-1.0.0+cu124.dist-info/METADATA": b"Metadata-Version: 2.1\nName: labtorch\nVersion: 1.0.0+cu124\nRequires-Dist: nvidia-cuda-runtime-cu12 ==12.4.127\n",
    "labtorch-1.0.0+cu124.dist-info/WHEEL": b"Wheel-Version: 1.0\nGenerator: lab\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}
record = "labtorch-1.0.0+cu124.dist-info/RECORD"
lines = []
with zipfile.ZipFile("/srv/wheelhouse/labtorch-1.0.0+cu124-py3-none-any.whl", "w") as wheel:
    for name, data in files.items():
        wheel.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}\n")
    wheel.writestr(zipfile.ZipInfo(record, (2024, 1, 1, 0, 0, 0)), "".join(lines) + f"{record},,\n")
END
{
    echo "labtorch==1.0.0+cu124 --hash=sha256:$(sha256sum /srv/wheelhouse/labtorch-*.whl | cut -d' ' -f1)"
    echo "nvidia-cuda-runtime-cu12==12.4.127 --hash=sha256:$(sha256sum /srv/wheelhouse/nvidia_cuda_runtime_cu12-12.4.127-*.whl | cut -d' ' -f1)"
} > /opt/ml/cuda.lock
$pip install -q --no-index --find-links /srv/wheelhouse --require-hashes -r /opt/ml/cuda.lock
ln -s /opt/ml/envs/cuda-base /opt/ml/cuda-env

repo=/srv/lab-apt
mkdir -p "$repo"
root=/tmp/work/cuda-cudart
mkdir -p "$root/DEBIAN" "$root/usr/local/cuda-12.4/lib64" "$root/etc/ld.so.conf.d"
cp /opt/ml/envs/cuda-base/lib/python3*/site-packages/nvidia/cuda_runtime/lib/libcudart.so.12 "$root/usr/local/cuda-12.4/lib64/"
echo /usr/local/cuda-12.4/lib64 > "$root/etc/ld.so.conf.d/000_cuda-12-4.conf"
printf 'Package: cuda-cudart-12-4\nVersion: 12.4.127-1\nArchitecture: amd64\nMaintainer: Lab <lab@localhost>\nDescription: CUDA runtime library (made for the lab from the wheel)\n' > "$root/DEBIAN/control"
for script in postinst postrm; do printf '#!/bin/sh\nset -e\nldconfig\n' > "$root/DEBIAN/$script"; chmod 0755 "$root/DEBIAN/$script"; done
dpkg-deb --root-owner-group -Zgzip --build "$root" "$repo" >/dev/null
(cd "$repo" && dpkg-scanpackages --multiversion . 2>/dev/null > Packages
    printf 'Origin: lab\nLabel: lab\nDate: %s\nSHA256:\n %s %s Packages\n' "$(date -Ru)" \
        "$(sha256sum Packages | cut -d' ' -f1)" "$(stat -c %s Packages)" > Release)
dpkg -i "$repo"/cuda-cudart-12-4_*.deb
rm -rf /tmp/work /root/.cache
