"""Times runbook and its peers against the same nodes, interleaved in random order, and prints ratios.

Runs as the first process of its own process, network and mount namespaces; see `run`.
"""
import argparse
import os
import pathlib
import platform
import random
import signal
import subprocess
import sys

from bench.clients import Clients
from bench.measure import once
from bench.nodes import Nodes
from bench.table import show, show_memory


def numbers(text):
    return [int(word) for word in text.split(",")]


def main():
    parser = argparse.ArgumentParser(prog="Benchmarks/run")
    for internal in ("--binary", "--venv", "--folder"):
        parser.add_argument(internal, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--nodes", type=numbers, default=[64, 512], help="node counts, at most 12500 (64,512)")
    parser.add_argument("--steps", type=numbers, default=[1, 10], help="commands on each node (1,10)")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is run (3)")
    parser.add_argument("--clients", help="only clients with one of these words in their name, beside runbook")
    arguments = parser.parse_args()
    # A first process gets no signal that it has no handler for.
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    folder = pathlib.Path(arguments.folder)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Linux {platform.release()}", flush=True)
    nodes = Nodes(folder, max(arguments.nodes))
    clients = Clients(arguments, folder)
    peaks = {}
    for count in arguments.nodes:
        for steps in arguments.steps:
            table = clients.commands(count, steps)
            if arguments.clients is not None:
                words = ["runbook", *arguments.clients.split(",")]
                table = {name: table[name] for name in table if any(word in name for word in words)}
            rounds = [measure(table, nodes, clients, folder / "log") for _ in range(arguments.rounds)]
            show(count, steps, rounds)
            for name in table:
                peaks.setdefault((name, steps), {})[count] = max(results[name].rss_kib for results in rounds)
    show_memory(peaks)
    nodes.stop()


def measure(table, nodes, clients, log):
    """Every client once, in random order."""
    results = {}
    for name in random.sample(list(table), len(table)):
        results[name] = once(table[name], nodes, clients.environment, log)
        print(f"  {name:15} {results[name].wall:7.2f} s", flush=True)
        if not results[name].ok:
            print(f"  {name} failed with {results[name].code}: {log.read_text()[-800:]}", flush=True)
    return {name: results[name] for name in table}


main()
