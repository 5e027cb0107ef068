#!/usr/bin/env python3
"""Lists running EC2 instances: the group `ec2`, and one for each value of the tags that are asked for."""

import json
import re
import subprocess
import sys

ADDRESSES = {"private": "PrivateIpAddress", "public": "PublicIpAddress"}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Refusal(Exception):
    def __init__(self, text, retry=False):
        super().__init__(text)
        self.retry = retry


def filters(settings):
    yield "Name=instance-state-name,Values=running"
    for text in settings.get("filters", []):
        name, separator, values = text.rpartition("=")
        if not separator or not name or not values:
            raise Refusal(f"'{text}' is no filter; write NAME=VALUE")
        yield f"Name={name},Values={values}"


def instances(settings):
    command = ["aws", "ec2", "describe-instances", "--output", "json"]
    for setting, option in (("region", "--region"), ("profile", "--profile"), ("endpoint", "--endpoint-url")):
        if setting in settings:
            command += [option, settings[setting]]
    command += ["--filters", *filters(settings)]
    try:
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=110)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refusal(f"aws can't be asked ({type(error).__name__})", True) from None
    if run.returncode != 0:
        last = run.stderr.strip().splitlines() or ["it says nothing"]
        raise Refusal(f"aws ended with status {run.returncode}: {last[-1]}", True)
    for reservation in json.loads(run.stdout)["Reservations"]:
        yield from reservation["Instances"]


def inventory(settings):
    kind = settings.get("address", "private")
    if kind not in ADDRESSES:
        raise Refusal(f"'{kind}' is no kind of address; write private or public")
    found = []
    for instance in instances(settings):
        tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}
        name = tags.get(settings.get("name_tag", "Name"), "")
        found.append((name if NAME.fullmatch(name) else "", instance, tags))
    names = [name for name, _, _ in found]
    groups = {}
    variables = {}
    for name, instance, tags in found:
        if not name or names.count(name) > 1:
            name = instance["InstanceId"]
        address = instance.get(ADDRESSES[kind])
        if not address:
            continue
        values = [tags[tag] for tag in settings.get("group_tags", []) if NAME.fullmatch(tags.get(tag, ""))]
        for group in dict.fromkeys(["ec2", *values]):
            groups.setdefault(group, []).append(name)
        variables[name] = {"ansible_host": address}
    return {**{group: {"hosts": hosts} for group, hosts in groups.items()}, "_meta": {"hostvars": variables}}


def answer(request):
    if not isinstance(request, dict) or request.get("protocol") != 1:
        raise Refusal("this is no request of protocol 1")
    operation = request.get("operation")
    if operation == "describe":
        return {"protocol": 1, "name": "aws-ec2", "kind": "inventory"}
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
