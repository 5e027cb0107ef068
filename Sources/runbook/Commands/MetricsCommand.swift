import ArgumentParser
import Controller
import Model

/// Counts of runs, for Prometheus.
struct MetricsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Print counts of runs, nodes and notifications in Prometheus' text format.",
        discussion: """
            With --output json the same as an object: each metric with its samples, and each sample with its labels.

            Examples:
              runbook metrics
              runbook metrics >/var/lib/prometheus/node-exporter/runbook.tmp && \
            mv /var/lib/prometheus/node-exporter/runbook.tmp /var/lib/prometheus/node-exporter/runbook.prom
            """)

    /// So many unfinished runs, and as many messages, are counted at most.
    private static let most = 100_000

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(.read)
        let unfinished = RunPhase.allCases.filter { $0 != .finished }
        let runs = try await journal.runs(RunFilter(phases: Set(unfinished), limit: Self.most))
        var messages: [OutboxRecord.State: Int] = [:]
        for state in [OutboxRecord.State.waiting, .failed] {
            messages[state] = try await journal.outbox(state, limit: Self.most).count
        }
        let metrics = Metrics(
            tallies: try await journal.tallies(),
            unfinished: Dictionary(
                uniqueKeysWithValues: unfinished.map { phase in
                    (phase, runs.count { $0.phase == phase })
                }), messages: messages,
            auditRecords: try await journal.auditHead()?.sequence ?? 0)
        try await journal.close()
        switch global.output {
        case .text: for line in metrics.families.flatMap(\.lines) { global.terminal.result(line) }
        case .json, .jsonl:
            let families = metrics.families.map(\.object)
            try global.terminal.result(ResultObject("metrics", ["metrics": families]), as: global.output)
        }
    }
}
