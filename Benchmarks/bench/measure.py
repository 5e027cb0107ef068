"""Runs one client to its end and says what it took."""
import os
import select
import signal
import subprocess
import time
from dataclasses import dataclass

LIMIT = 300


@dataclass
class Result:
    wall: float
    # Seconds of the client with all that it started, and of the nodes.
    cpu: float
    node_cpu: float
    # The largest single process.
    rss_kib: int
    # The share of all CPU time that neither the client nor the nodes used.
    foreign: float
    code: int

    @property
    def ok(self):
        return self.code == 0


def _machine():
    """Seconds of CPU that the machine has been busy, and in all."""
    with open("/proc/stat") as file:
        ticks = [int(word) for word in file.readline().split()[1:9]]
    total = sum(ticks) / os.sysconf("SC_CLK_TCK")
    return total - (ticks[3] + ticks[4]) / os.sysconf("SC_CLK_TCK"), total


def once(command, nodes, environment, log):
    nodes.settle()
    node_cpu, (busy, total) = nodes.cpu(), _machine()
    started = time.monotonic()
    with open(log, "w") as file:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment, start_new_session=True)
    watch = os.pidfd_open(process.pid)
    if not select.select([watch], [], [], LIMIT)[0]:
        os.killpg(process.pid, signal.SIGKILL)
    os.close(watch)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime + _collect(nodes)
    nodes.settle()
    node_cpu = nodes.cpu() - node_cpu
    busy, total = (now - before for now, before in zip(_machine(), (busy, total)))
    return Result(wall, cpu, node_cpu, usage.ru_maxrss, max(0, busy - cpu - node_cpu) / total, process.returncode)


def _collect(nodes):
    """Ends what the client has left behind, as ssh's shared connections, and returns its CPU seconds."""
    cpu = 0
    while True:
        left = []
        for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
            try:
                with open(f"/proc/{pid}/stat") as file:
                    parent = int(file.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == os.getpid() and pid != nodes.launcher.pid:
                left.append(pid)
        if not left:
            return cpu
        for pid in left:
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
            usage = os.wait4(pid, 0)[2]
            cpu += usage.ru_utime + usage.ru_stime
