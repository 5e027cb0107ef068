"""asyncssh: N nodes, STEPS commands each, host keys checked, CONCURRENCY connections in flight."""
import asyncio
import sys

import asyncssh

nodes, steps, concurrency, port, key, known_hosts = sys.argv[1:]


async def one(address, gate, loaded, recorded):
    async with gate:
        async with asyncssh.connect(
            address, int(port), username="root", client_keys=[loaded], known_hosts=recorded,
            agent_path=None, config=None,
        ) as connection:
            for _ in range(int(steps)):
                result = await connection.run("true")
                if result.exit_status != 0:
                    raise SystemExit(1)


async def main():
    gate = asyncio.Semaphore(int(concurrency))
    loaded = asyncssh.read_private_key(key)
    recorded = asyncssh.read_known_hosts(known_hosts)
    with open(nodes) as file:
        await asyncio.gather(*[one(line.strip(), gate, loaded, recorded) for line in file])


asyncio.run(main())
