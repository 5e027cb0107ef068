"""Starts one stock sshd for each node, each with an address, a host key, a machine id and state folders of its own.

`python -m bench.nodes FOLDER COUNT` is the first process of the nodes' process namespace and lives as long as they do.
"""
import ctypes
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

PORT = 2222
USER = "root"
_libc = ctypes.CDLL(None, use_errno=True)
_NEWNS, _BIND = 0x00020000, 4096
_PRIVATE = 1 << 18 | 16384


def addresses(count):
    return [f"127.1.{1 + i // 250}.{1 + i % 250}" for i in range(count)]


def name(index):
    return f"bench{index:04d}"


def _check(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def _mount(source, target, kind=b"none", flags=0, data=None):
    _check(_libc.mount(str(source).encode(), str(target).encode(), kind, flags, data), f"mount {target}")


def write_keys(folder, count):
    """One user key for all, and a P-256 host key for each node, with the known_hosts lines of the first ones."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec

    def pair(path):
        key = ec.generate_private_key(ec.SECP256R1())
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption()))
        return key.public_key().public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH).decode()

    (folder / "authorized_keys").write_text(pair(folder / "id") + "\n")
    (folder / "keys").mkdir()
    public = [pair(folder / "keys" / name(i)) for i in range(count)]
    (folder / "known_hosts").write_text(
        "".join(f"[{address}]:{PORT} {key}\n" for address, key in zip(addresses(count), public)))


class Nodes:
    """The nodes as the benchmark sees them."""

    def __init__(self, folder, count):
        write_keys(folder, count)
        self.count = count
        self.launcher = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, "-m",
             "bench.nodes", folder, str(count)],
            cwd=pathlib.Path(__file__).parents[1], stdout=subprocess.PIPE, start_new_session=True)
        if self.launcher.stdout.readline() != b"ready\n":
            raise SystemExit("the nodes did not start")
        self.pids = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if pid != os.getpid()]
        if len(self.pids) != count + 2:
            raise SystemExit(f"{len(self.pids) - 2} of {count} sshd are there")

    def settle(self):
        """Waits until nothing but the listening sshd is left on the nodes, half a minute at most."""
        end = time.monotonic() + 30
        while sum(map(str.isdigit, os.listdir("/proc"))) > len(self.pids) + 1 and time.monotonic() < end:
            time.sleep(0.02)

    def cpu(self):
        """Seconds of CPU that the nodes have used so far, what they have waited for included."""
        ticks = 0
        for pid in self.pids:
            with open(f"/proc/{pid}/stat") as file:
                ticks += sum(map(int, file.read().rpartition(")")[2].split()[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.launcher.kill()
        self.launcher.wait()


def _start(folder, index, address):
    """In the child: a mount namespace with the node's own state, and sshd."""
    _check(_libc.unshare(_NEWNS), "unshare")
    own = pathlib.Path("/run/bench") / name(index)
    for path in ("var/lib/runbook-node", "run/runbook-node"):
        (own / path).mkdir(mode=0o700, parents=True)
        _mount(own / path, f"/{path}", flags=_BIND)
    (own / "machine-id").write_text(f"{index + 1:032x}\n")
    _mount(own / "machine-id", "/etc/machine-id", flags=_BIND)
    # Login shells find no startup files of this machine's root.
    (own / "root").mkdir(mode=0o700)
    _mount(own / "root", "/root", flags=_BIND)
    options = {
        "Port": PORT, "ListenAddress": address, "HostKey": folder / "keys" / name(index), "PidFile": "none",
        "AuthorizedKeysFile": folder / "authorized_keys", "StrictModes": "no", "PermitRootLogin": "yes",
        "LogLevel": "ERROR",
    }
    words = ["/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null"]
    os.execv(words[0], words + [f"-o{key}={value}" for key, value in options.items()])


def _listening():
    with open("/proc/net/tcp") as file:
        return sum(line.split()[3] == "0A" for line in file.readlines()[1:])


def main():
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    _mount("none", "/", flags=_PRIVATE)
    # The nodes' states are in memory: hundreds of nodes on one disk would measure that disk.
    for path in ("/var/lib", "/run"):
        _mount("tmpfs", path, b"tmpfs", 0, b"mode=755")
    os.makedirs("/run/sshd")
    for path in ("/var/lib/runbook-node", "/run/runbook-node"):
        os.makedirs(path, mode=0o700)
    for index, address in enumerate(addresses(count)):
        if os.fork() == 0:
            try:
                os.dup2(2, 1)
                _start(folder, index, address)
            finally:
                os._exit(1)
    while _listening() < count:
        time.sleep(0.05)
    print("ready", flush=True)
    # Collects what is left over on the nodes.
    while True:
        os.waitpid(-1, 0)


if __name__ == "__main__":
    main()
