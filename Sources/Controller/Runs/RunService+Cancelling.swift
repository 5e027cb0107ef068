import Model

extension RunService {
    /// Asks a run to stop; with `now`, its steps in progress are ended too. One that waits before its first change is ended.
    /// - Returns: whether it has ended.
    /// - Throws: `RequestError` for one that has ended before, that nobody carries out, or that waits in its middle.
    package func cancel(_ summary: RunSummary, now: Bool) async throws -> Bool {
        let short = summary.id.short
        if let ended = summary.ended {
            throw RequestError(
                .refused, "Run \(short) has ended already, at \(UTCText.seconds(ended)) UTC: there is nothing to stop.",
                hint: "How it ended: runbook show \(short)")
        }
        if try await endWaiting(summary) { return true }
        if summary.phase == .interrupted {
            throw RequestError(
                .refused, "Run \(short) was interrupted, and nobody carries it out: there is nothing to stop.",
                hint: try await waysOn(from: summary))
        }
        try RunCancellation(workspace.settings).request(summary.id, now: now)
        return false
    }

    /// What can be done about an interrupted run.
    private func waysOn(from summary: RunSummary) async throws -> String {
        let short = summary.id.short
        if try await journal.takenRuns().contains(where: { $0.run == summary.id }) {
            return "The service goes on with it once it runs: cancel it then. By hand: runbook resume \(short)"
        }
        return switch summary.kind {
        case .apply: "Go on with it: runbook resume \(short). Undo it: runbook rollback \(short)"
        case .rollback: "Go on with it: runbook resume \(short)"
        case .diagnose, .plan, .exec: "It can't be gone on with. What is known of it: runbook show \(short)"
        }
    }
}
