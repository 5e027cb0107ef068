#!/usr/bin/env python3
"""Lists a Kubernetes cluster's nodes: the group `kubernetes`, one for each role, and `kubernetes-gpu` for those that
offer NVIDIA GPUs."""

import json
import subprocess
import sys

ROLE = "node-role.kubernetes.io/"


class Refusal(Exception):
    def __init__(self, text, retry=False):
        super().__init__(text)
        self.retry = retry


def nodes(settings):
    command = ["kubectl", "get", "nodes", "--output", "json", "--request-timeout", "40s"]
    for setting, option in (("kubeconfig", "--kubeconfig"), ("context", "--context")):
        if setting in settings:
            command += [option, settings[setting]]
    try:
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=50)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refusal(f"kubectl can't be asked ({type(error).__name__})", True) from None
    if run.returncode != 0:
        last = run.stderr.strip().splitlines() or ["it says nothing"]
        raise Refusal(f"kubectl ended with status {run.returncode}: {last[-1]}", True)
    return json.loads(run.stdout)["items"]


def inventory(settings):
    wanted = settings.get("address", "InternalIP")
    groups = {}
    variables = {}
    for node in nodes(settings):
        name = node["metadata"]["name"]
        names = ["kubernetes"]
        names += [
            "kubernetes-" + label[len(ROLE):] for label in sorted(node["metadata"].get("labels", {}))
            if label.startswith(ROLE) and len(label) > len(ROLE)]
        if node["status"].get("capacity", {}).get("nvidia.com/gpu", "0") != "0":
            names.append("kubernetes-gpu")
        for group in names:
            groups.setdefault(group, []).append(name)
        addresses = [one["address"] for one in node["status"].get("addresses", []) if one["type"] == wanted]
        if addresses and addresses[0] != name:
            variables[name] = {"ansible_host": addresses[0]}
    return {**{group: {"hosts": hosts} for group, hosts in groups.items()}, "_meta": {"hostvars": variables}}


def answer(request):
    if not isinstance(request, dict) or request.get("protocol") != 1:
        raise Refusal("this is no request of protocol 1")
    operation = request.get("operation")
    if operation == "describe":
        return {"protocol": 1, "name": "kubernetes", "kind": "inventory"}
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
