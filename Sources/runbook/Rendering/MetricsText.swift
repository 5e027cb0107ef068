import Model

/// Counts in Prometheus' text format (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
struct MetricsText {
    let tallies: [RunTally]
    let unfinished: [RunPhase: Int]
    let messages: [OutboxRecord.State: Int]
    let auditRecords: Int

    var lines: [String] {
        let ended = tallies.filter { $0.exitStatus != nil }
        return
            family(
                "runbook_runs_total", "counter", "Runs that have ended.", ended.map { (labels($0), String($0.runs)) })
            + family(
                "runbook_run_last_end_timestamp_seconds", "gauge", "When the newest run ended.",
                ended.compactMap { tally in tally.lastEnded.map { (labels(tally), Self.seconds($0)) } })
            + family("runbook_nodes_total", "counter", "Nodes of runs that have ended, by outcome.", nodes(ended))
            + family(
                "runbook_runs_unfinished", "gauge", "Runs that go on, wait or were interrupted.",
                unfinished.sorted { $0.key.rawValue < $1.key.rawValue }
                    .map { ([("phase", $0.key.rawValue)], String($0.value)) })
            + family(
                "runbook_outbox_messages", "gauge", "Notifications that were not delivered.",
                messages.sorted { $0.key.rawValue < $1.key.rawValue }
                    .map { ([("state", $0.key.rawValue)], String($0.value)) })
            + family(
                "runbook_audit_records", "counter", "The number of the newest audit record.",
                [([], String(auditRecords))])
    }

    private typealias Labels = [(String, String)]

    private func labels(_ tally: RunTally) -> Labels {
        [("runbook", tally.runbook), ("kind", tally.kind.rawValue), ("exit_status", String(tally.exitStatus ?? -1))]
    }

    /// Over all exit statuses.
    private func nodes(_ ended: [RunTally]) -> [(Labels, String)] {
        var sums: [[String]: Int] = [:]
        for tally in ended {
            for (outcome, count) in tally.nodes {
                sums[[tally.runbook, tally.kind.rawValue, outcome.rawValue], default: 0] += count
            }
        }
        return sums.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, count in
            (Array(zip(["runbook", "kind", "outcome"], key)), String(count))
        }
    }

    private func family(
        _ name: String, _ type: String, _ help: String, _ samples: [(labels: Labels, value: String)]
    ) -> [String] {
        if samples.isEmpty { return [] }
        return ["# HELP \(name) \(help)", "# TYPE \(name) \(type)"]
            + samples.map { sample in
                let labels = sample.labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
                return "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(sample.value)"
            }
    }

    private static func seconds(_ milliseconds: Int) -> String {
        let thousandths = String(1000 + milliseconds % 1000).dropFirst()
        return "\(milliseconds / 1000).\(thousandths)"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
