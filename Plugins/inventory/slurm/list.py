#!/usr/bin/env python3
"""Lists Slurm's nodes: the group `slurm`, one for each partition, and `slurm-gres-gpu` for those with GPUs."""

import json
import re
import subprocess
import sys

FIELD = re.compile(r"(?:^| )(NodeName|NodeAddr|Gres|State|Partitions)=(\S*)")


class Refusal(Exception):
    def __init__(self, text, retry=False):
        super().__init__(text)
        self.retry = retry


def nodes():
    try:
        run = subprocess.run(
            ["scontrol", "show", "nodes", "--oneliner"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=50)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refusal(f"scontrol can't be asked ({type(error).__name__})", True) from None
    if run.returncode != 0:
        last = run.stderr.strip().splitlines() or run.stdout.strip().splitlines() or ["it says nothing"]
        raise Refusal(f"scontrol ended with status {run.returncode}: {last[-1]}", True)
    for line in run.stdout.splitlines():
        fields = dict(FIELD.findall(line))
        if "NodeName" in fields:
            yield fields


def inventory(settings):
    prefix = settings.get("prefix", "slurm-")
    groups = {}
    variables = {}
    for node in nodes():
        name = node["NodeName"]
        if "POWERED_DOWN" in node.get("State", "") and not settings.get("powered_down", False):
            continue
        names = ["slurm"]
        names += [prefix + partition for partition in node.get("Partitions", "").split(",") if partition]
        if any(gres.split(":")[0] == "gpu" for gres in node.get("Gres", "").split(",")):
            names.append("slurm-gres-gpu")
        for group in dict.fromkeys(names):
            groups.setdefault(group, []).append(name)
        address = node.get("NodeAddr", "")
        if address and address != name:
            variables[name] = {"ansible_host": address}
    return {**{group: {"hosts": hosts} for group, hosts in groups.items()}, "_meta": {"hostvars": variables}}


def answer(request):
    if not isinstance(request, dict) or request.get("protocol") != 1:
        raise Refusal("this is no request of protocol 1")
    operation = request.get("operation")
    if operation == "describe":
        return {"protocol": 1, "name": "slurm", "kind": "inventory"}
    if operation == "list":
        return inventory(request["settings"])
    raise Refusal("this operation is not known here")


try:
    result = answer(json.loads(sys.stdin.buffer.read()))
except Refusal as refusal:
    result = {"error": str(refusal), "retry": refusal.retry}
except (ValueError, KeyError, TypeError) as error:
    result = {"error": f"the request can't be understood ({type(error).__name__})"}
print(json.dumps(result))
