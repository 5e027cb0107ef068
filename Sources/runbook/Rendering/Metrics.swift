import Model

/// Counts of runs, nodes and notifications.
struct Metrics {
    let tallies: [RunTally]
    let unfinished: [RunPhase: Int]
    let messages: [OutboxRecord.State: Int]
    let auditRecords: Int

    /// Those that have a sample.
    var families: [MetricFamily] {
        let ended = tallies.filter { $0.exitStatus != nil }
        let ends = ended.compactMap { tally in
            tally.lastEnded.map { Sample(labels: labels(tally), value: Self.seconds($0)) }
        }
        return [
            MetricFamily(
                name: "runbook_runs_total", type: "counter", help: "Runs that have ended.",
                samples: ended.map { Sample(labels: labels($0), value: String($0.runs)) }),
            MetricFamily(
                name: "runbook_run_last_end_timestamp_seconds", type: "gauge", help: "When the newest run ended.",
                samples: ends),
            MetricFamily(
                name: "runbook_nodes_total", type: "counter", help: "Nodes of runs that have ended, by outcome.",
                samples: nodes(ended)),
            MetricFamily(
                name: "runbook_runs_unfinished", type: "gauge", help: "Runs that go on, wait or were interrupted.",
                samples: Self.samples("phase", unfinished)),
            MetricFamily(
                name: "runbook_outbox_messages", type: "gauge", help: "Notifications that were not delivered.",
                samples: Self.samples("state", messages)),
            MetricFamily(
                name: "runbook_audit_records", type: "counter", help: "The number of the newest audit record.",
                samples: [Sample(value: String(auditRecords))]),
        ].filter { !$0.samples.isEmpty }
    }

    private typealias Sample = MetricFamily.Sample
    private typealias Labels = [(name: String, value: String)]

    private func labels(_ tally: RunTally) -> Labels {
        [
            (name: "runbook", value: tally.runbook), (name: "kind", value: tally.kind.rawValue),
            (name: "exit_status", value: String(tally.exitStatus ?? -1)),
        ]
    }

    /// Over all exit statuses.
    private func nodes(_ ended: [RunTally]) -> [Sample] {
        var sums: [[String]: Int] = [:]
        for tally in ended {
            for (outcome, count) in tally.nodes {
                sums[[tally.runbook, tally.kind.rawValue, outcome.rawValue], default: 0] += count
            }
        }
        return sums.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, count in
            let labels = zip(["runbook", "kind", "outcome"], key).map { (name: $0, value: $1) }
            return Sample(labels: labels, value: String(count))
        }
    }

    private static func samples<Key: RawRepresentable & Hashable>(
        _ label: String, _ counts: [Key: Int]
    ) -> [Sample] where Key.RawValue == String {
        counts.sorted { $0.key.rawValue < $1.key.rawValue }.map { key, count in
            Sample(labels: [(name: label, value: key.rawValue)], value: String(count))
        }
    }

    private static func seconds(_ milliseconds: Int) -> String {
        let thousandths = String(1000 + milliseconds % 1000).dropFirst()
        return "\(milliseconds / 1000).\(thousandths)"
    }
}
