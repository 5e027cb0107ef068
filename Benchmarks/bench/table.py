"""The results as tables: medians, and ratios of runbook to each peer with their range."""
from statistics import median


def _ratio(values):
    return f"{median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def show(count, steps, rounds):
    """`rounds` is a list of results by client, one for each round."""
    everything = [result for results in rounds for result in results.values()]
    print(f"\n{count} nodes, {steps} step{'s' * (steps > 1)}, {len(rounds)} rounds; CPU used by others: median "
          f"{median(r.foreign for r in everything):.0%}, at most {max(r.foreign for r in everything):.0%}")
    print(f"{'':16} {'wall s':>8} {'client CPU ms/node':>19} {'node CPU ms/node':>17} {'peak MiB':>9}")
    for client in rounds[0]:
        own = [results[client] for results in rounds if results[client].ok]
        if not own:
            print(f"{client:16} failed in every round")
            continue
        print(f"{client:16} {median(r.wall for r in own):8.2f} {median(r.cpu for r in own) * 1000 / count:19.2f} "
              f"{median(r.node_cpu for r in own) * 1000 / count:17.1f} {max(r.rss_kib for r in own) / 1024:9.1f}"
              + (f"  failed in {len(rounds) - len(own)}" if len(own) < len(rounds) else ""))
    for base in (client for client in rounds[0] if client.startswith("runbook")):
        print(f"{base + ' to':20} {'wall':>18} {'client CPU':>18} {'peak memory':>18}")
        for client in rounds[0]:
            both = [(r[base], r[client]) for r in rounds if r[base].ok and r[client].ok]
            if both and not client.startswith("runbook"):
                print(f"    {client:16} {_ratio([a.wall / b.wall for a, b in both]):>18} "
                      f"{_ratio([a.cpu / b.cpu for a, b in both]):>18} "
                      f"{_ratio([a.rss_kib / b.rss_kib for a, b in both]):>18}")
    print(flush=True)


def show_memory(peaks):
    """How much the peak grows with each node; `peaks` is KiB by client, steps and node count."""
    for (client, steps), by_count in sorted(peaks.items()):
        sizes = sorted(by_count)
        for small, large in zip(sizes, sizes[1:]):
            grown = (by_count[large] - by_count[small]) / (large - small)
            print(f"{client}, {steps} step{'s' * (steps > 1)}, {small} to {large} nodes: {grown:.0f} KiB a node")
