"""parallel-ssh: N nodes, STEPS commands each. It has no host key check to switch on."""
import sys

from pssh.clients import ParallelSSHClient

nodes, steps, concurrency, port, key = sys.argv[1:]
with open(nodes) as file:
    hosts = [line.strip() for line in file]
client = ParallelSSHClient(hosts, user="root", port=int(port), pkey=key, pool_size=int(concurrency),
                           allow_agent=False, timeout=60)
for _ in range(int(steps)):
    output = client.run_command("true", stop_on_errors=True)
    client.join(output)
    if any(host.exit_code != 0 for host in output):
        raise SystemExit(1)
