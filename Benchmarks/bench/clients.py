"""How each client is called to do the same work: the command `true` on every node, once or ten times."""
import os
import pathlib

from .nodes import PORT, USER, addresses, name

PEERS = pathlib.Path(__file__).parents[1] / "peers"


class Clients:
    def __init__(self, arguments, folder):
        self.binary, self.bin = arguments.binary, f"{arguments.venv}/bin"
        self.folder = folder
        self.key, self.known_hosts = folder / "id", folder / "known_hosts"

    def commands(self, count, steps):
        """By client: its command line. Those that would take minutes are left out at larger sizes."""
        names = self.folder / f"nodes-{count}"
        names.write_text("\n".join(addresses(count)) + "\n")
        fan = str(min(count, 64))
        python = f"{self.bin}/python"
        table = self.runbook(count, steps)
        for flight in (64, 512):
            if flight <= max(count, 64):
                table[f"asyncssh {flight}"] = [
                    python, PEERS / "asyncssh_peer.py", names, steps, flight, PORT, self.key, self.known_hosts]
        table["parallel-ssh"] = [
            python, PEERS / "parallel_ssh_peer.py", names, steps, min(count, 100), PORT, self.key]
        tuned = self.ssh + ["-oKexAlgorithms=curve25519-sha256"]
        if steps == 1:
            if count <= 64:
                table["clush"] = self.clush(names, fan, self.ssh)
            if count <= 512:
                table["clush tuned"] = self.clush(names, fan, tuned)
                table["pdsh tuned"] = self.pdsh(names, fan, tuned)
        elif count <= 64:
            table["clush tuned"] = self.repeated(steps, self.clush(names, fan, tuned + self.shared))
            table["pdsh tuned"] = self.repeated(steps, self.pdsh(names, fan, tuned + self.shared))
        if count <= 64:
            table["ansible tuned"] = self.ansible(names, fan, steps, tuned + self.shared)
        return {client: [str(word) for word in words] for client, words in table.items()}

    @property
    def ssh(self):
        return [f"-oPort={PORT}", f"-oUser={USER}", f"-oIdentityFile={self.key}", "-oIdentitiesOnly=yes",
                f"-oUserKnownHostsFile={self.known_hosts}", "-oGlobalKnownHostsFile=/dev/null", "-oBatchMode=yes",
                "-oLogLevel=ERROR"]

    @property
    def shared(self):
        """One connection for all ten steps."""
        return ["-oControlMaster=auto", "-oControlPersist=60s", f"-oControlPath={self.folder}/cm-%C"]

    def clush(self, names, fan, options):
        # clush interpolates its options.
        joined = " ".join(options).replace("%", "%%")
        return [f"{self.bin}/clush", "-q", "-S", "-f", fan, "--hostfile", names, "-o", joined, "true"]

    def pdsh(self, names, fan, options):
        return ["env", "PDSH_SSH_ARGS_APPEND=" + " ".join(options), "pdsh", "-S", "-R", "ssh", "-f", fan, "-w",
                f"^{names}", "true"]

    def repeated(self, steps, command):
        return ["sh", "-ec", f"for i in $(seq {steps}); do \"$@\"; done", "sh", *command]

    def ansible(self, names, fan, steps, options):
        playbook = self.folder / f"steps-{steps}.yaml"
        tasks = "".join(f"    - {{name: step {i}, raw: 'true', changed_when: false}}\n" for i in range(steps))
        playbook.write_text("- hosts: all\n  gather_facts: false\n  tasks:\n" + tasks)
        return ["env", f"ANSIBLE_SSH_ARGS={' '.join(options)}", "ANSIBLE_PIPELINING=1",
                f"ANSIBLE_LOCAL_TEMP={self.folder}/ansible", "ANSIBLE_STDOUT_CALLBACK=minimal",
                f"{self.bin}/ansible-playbook", "-f", fan, "-i", names, playbook]

    def runbook(self, count, steps):
        options = ["--inventory", self.site(count), "--runbooks", self.runbooks(steps), "--db",
                   self.folder / "runbook.db", "--nodes", "@bench", "-q"]
        table = {"runbook apply": [self.binary, "apply", "changes", *options, "--yes"],
                 "runbook diagnose": [self.binary, "diagnose", "probes", *options]}
        if steps == 1:
            table = {"runbook exec": [self.binary, "exec", *options, "--", "true"], **table}
        return table

    def site(self, count):
        path = self.folder / f"site-{count}.yaml"
        lines = ["schema_version: 1", "defaults:",
                 f"  ssh: {{user: {USER}, port: {PORT}, identity_file: {self.key}, host_keys: strict}}", "nodes:"]
        lines += [f"  {name(i)}: {{address: {address}}}" for i, address in enumerate(addresses(count))]
        lines += ["groups:", f'  bench: "bench[0000-{count - 1:04d}]"']
        path.write_text("\n".join(lines) + "\n")
        return path

    def runbooks(self, steps):
        """`changes` has guarded steps and no probe, `probes` as many read-only probes that find nothing wrong."""
        folder = self.folder / f"runbooks-{steps}"
        folder.mkdir(exist_ok=True)
        head = "schema_version: 1\nname: {}\nversion: 1\ntitle: Benchmark\ntargets: '@bench'\n"
        (folder / "changes.yaml").write_text(
            head.format("changes") + "strategy: {concurrency: 512}\nsteps:\n" + "".join(
                f"  - {{name: step {i}, run: 'true', irreversible: true, gate: none, effect: idempotent}}\n"
                for i in range(steps)))
        (folder / "probes.yaml").write_text(
            head.format("probes") + "detect:\n" + "".join(
                f"  - {{name: probe {i}, probe: 'true', healthy: {{exit: 0}}}}\n" for i in range(steps))
            + "steps:\n  - {name: nothing, run: 'true', irreversible: true, gate: none, effect: idempotent}\n")
        return folder

    @property
    def environment(self):
        kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
        return kept | {"HOME": str(self.folder), "RUNBOOK_KNOWN_HOSTS": str(self.known_hosts)}
