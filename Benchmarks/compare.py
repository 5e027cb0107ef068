"""Times runbook and its peers against one sshd, interleaved, and prints ratios.

Runs inside a private network and mount namespace. Each client checks host keys where it can. The figure of a round is
the peer's wall time divided by runbook's of the same round; the table shows the median and the range over the rounds.
"""
import argparse
import os
import pathlib
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

PORT = 2222
LIMIT = 300


def addresses(count):
    return [f"127.1.{1 + i // 250}.{1 + i % 250}" for i in range(count)]


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="runbook-bench-"))
        self.peers = pathlib.Path(__file__).parent / "peers"
        self.key = self.folder / "id"
        self.known_hosts = self.folder / "known_hosts"

    def start(self):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        os.makedirs("/run/sshd", exist_ok=True)
        for path, kind in ((self.key, "ecdsa"), (self.folder / "host", "ecdsa")):
            subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", path], check=True)
        shutil.copy(f"{self.key}.pub", self.folder / "authorized_keys")
        host_key = (self.folder / "host.pub").read_text().split()[:2]
        self.known_hosts.write_text(f"127.*,[127.*]:{PORT} {' '.join(host_key)}\n")
        (self.folder / "sshd_config").write_text(
            f"Port {PORT}\nListenAddress 0.0.0.0\nHostKey {self.folder}/host\n"
            f"AuthorizedKeysFile {self.folder}/authorized_keys\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n"
            "MaxStartups 4096\nMaxSessions 64\nPidFile none\nLogLevel ERROR\n"
        )
        self.server = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", self.folder / "sshd_config"])
        time.sleep(1)
        if self.server.poll() is not None:
            raise SystemExit("sshd did not start")

    def stop(self):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait()
        shutil.rmtree(self.folder)

    def commands(self, count, steps):
        """By peer: its command line, or None where it can't do this."""
        names = self.folder / f"nodes-{count}"
        names.write_text("\n".join(addresses(count)) + "\n")
        site = self.site(count)
        python = f"{self.arguments.venv}/bin/python"
        ssh = [f"-oPort={PORT}", f"-oIdentityFile={self.key}", "-oIdentitiesOnly=yes",
               f"-oUserKnownHostsFile={self.known_hosts}", "-oGlobalKnownHostsFile=/dev/null", "-oBatchMode=yes"]
        tuned = ssh + ["-oKexAlgorithms=curve25519-sha256"]
        fan = str(min(count, 64))
        loop = "true" if steps == 1 else None
        us = [self.arguments.binary, "--inventory", site, "--runbooks", self.folder / "runbooks",
              "--db", self.folder / "runbook.db"]
        if steps == 1:
            ours = us[:1] + ["exec"] + us[1:] + ["--nodes", "@bench", "-q", "--", "true"]
        else:
            ours = us[:1] + ["apply", "bench-steps"] + us[1:] + ["--nodes", "@bench", "--yes", "-q"]
        table = {
            "runbook": ours,
            "asyncssh": [python, self.peers / "asyncssh_peer.py", names, str(steps), "512", str(PORT), self.key,
                         self.known_hosts],
            "parallel-ssh": [python, self.peers / "parallel_ssh_peer.py", names, str(steps), fan, str(PORT), self.key],
        }
        if loop and count <= 512:
            clush = [f"{self.arguments.venv}/bin/clush", "-q", "-f", fan, "-l", "root", "--hostfile", str(names)]
            table["clush"] = clush + ["-o", " ".join(ssh), "true"]
            table["clush tuned"] = clush + ["-o", " ".join(tuned), "true"]
            table["pdsh tuned"] = ["env", "PDSH_SSH_ARGS_APPEND=" + " ".join(tuned), "pdsh", "-R", "ssh", "-f", fan,
                                   "-l", "root", "-w", f"^{names}", "true"]
        if count <= 64:
            playbook = self.folder / f"steps-{steps}.yaml"
            tasks = "".join(f"    - {{name: step {i}, raw: 'true', changed_when: false}}\n" for i in range(steps))
            playbook.write_text("- hosts: all\n  gather_facts: false\n  tasks:\n" + tasks)
            table["ansible"] = ["env", f"ANSIBLE_SSH_ARGS={' '.join(tuned)} -oControlMaster=auto -oControlPersist=60s",
                                f"ANSIBLE_SSH_CONTROL_PATH_DIR={self.folder}/cp-{random.random()}",
                                "ANSIBLE_PIPELINING=1", "ANSIBLE_STDOUT_CALLBACK=minimal", "ansible-playbook", "-f",
                                fan, "-u", "root", "-i", str(names), str(playbook)]
        return table

    def site(self, count):
        folder = self.folder / f"site-{count}"
        folder.mkdir(exist_ok=True)
        lines = ["schema_version: 1", "defaults:",
                 f"  ssh: {{user: root, port: {PORT}, identity_file: {self.key}, host_keys: strict, shared_host_key: true}}",
                 "nodes:"]
        for i, address in enumerate(addresses(count)):
            lines.append(f"  bench{i:04d}: {{address: {address}}}")
        lines += ["groups:", f'  bench: "bench[0000-{count - 1:04d}]"']
        (folder / "site.yaml").write_text("\n".join(lines) + "\n")
        runbooks = self.folder / "runbooks"
        runbooks.mkdir(exist_ok=True)
        steps = "".join(
            f"  - {{name: step {i}, run: 'true', irreversible: true, gate: none, effect: idempotent}}\n"
            for i in range(10))
        (runbooks / "bench-steps.yaml").write_text(
            "schema_version: 1\nname: bench-steps\nversion: 1\ntitle: Ten steps\ntargets: '@bench'\n"
            "strategy: {concurrency: 4096}\nsteps:\n" + steps)
        return folder

    def once(self, command):
        started = time.monotonic()
        environment = dict(os.environ, HOME=str(self.folder), RUNBOOK_KNOWN_HOSTS=str(self.known_hosts),
                           RUNBOOK_SSH_CONFIG="/dev/null", RUNBOOK_ALLOW_SHARED_MACHINES="1")
        with open(self.folder / "log", "w") as log:
            process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=log, env=environment, start_new_session=True)
        timer = time.monotonic() + LIMIT
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > timer:
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.002)
        process.returncode = os.waitstatus_to_exitcode(status)
        return {"wall": time.monotonic() - started, "cpu": usage.ru_utime + usage.ru_stime, "rss": usage.ru_maxrss,
                "ok": process.returncode == 0}

    def measure(self, count, steps):
        table = self.commands(count, steps)
        rounds = []
        for number in range(self.arguments.rounds):
            order = list(table)
            random.shuffle(order)
            results = {}
            for name in order:
                results[name] = self.once(table[name])
                print(f"  round {number + 1} {name:14} {results[name]['wall']:7.2f} s"
                      f"{'' if results[name]['ok'] else '  FAILED'}", flush=True)
                if not results[name]["ok"]:
                    sys.stdout.write((self.folder / "log").read_text()[-600:])
            rounds.append(results)
        print(f"\n{count} addresses, {steps} step(s), {self.arguments.rounds} round(s)")
        print(f"{'client':14} {'wall s':>8} {'CPU ms/node':>12} {'peak MiB':>9}  wall to runbook (range)  CPU to runbook")
        for name in table:
            good = [r for r in rounds if r[name]["ok"] and r["runbook"]["ok"]]
            if not good:
                print(f"{name:14} failed")
                continue
            wall = statistics.median(r[name]["wall"] for r in good)
            cpu = statistics.median(r[name]["cpu"] for r in good) * 1000 / count
            rss = max(r[name]["rss"] for r in good) / 1024
            ratios = sorted(r[name]["wall"] / r["runbook"]["wall"] for r in good)
            cpus = statistics.median(r[name]["cpu"] / r["runbook"]["cpu"] for r in good)
            print(f"{name:14} {wall:8.2f} {cpu:12.2f} {rss:9.1f}  {statistics.median(ratios):6.2f} "
                  f"({ratios[0]:.2f}-{ratios[-1]:.2f})          {cpus:6.2f}")
        print(flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--venv", required=True)
    parser.add_argument("--nodes", default="64,512")
    parser.add_argument("--steps", default="1,10")
    parser.add_argument("--rounds", type=int, default=3)
    bench = Bench(parser.parse_args())
    bench.start()
    try:
        for count in bench.arguments.nodes.split(","):
            for steps in bench.arguments.steps.split(","):
                bench.measure(int(count), int(steps))
    finally:
        bench.stop()


main()
