import Model

extension JournalStore {
    /// The last lines that each failed step and each failed undo printed, on standard error where there was any.
    package func lastLines(_ state: RunState, count: Int = 5) async throws -> [InvocationID: [String]] {
        var lines: [InvocationID: [String]] = [:]
        let withheld = state.sensitiveInvocations
        let ids = state.nodes.values.flatMap { [$0.outcome?.invocation, $0.outcome?.failedUndo?.invocation] }
        for id in Set(ids.compactMap { $0 }) {
            if withheld.contains(id) {
                lines[id] = ["(a sensitive step: runbook logs RUN --sensitive shows its output)"]
                continue
            }
            for stream in [OutputChunk.Stream.standardError, .standardOutput] {
                let stored = try await storedOffsets(of: id)
                let size = stream == .standardError ? stored.standardError : stored.standardOutput
                guard size > 0 else { continue }
                let bytes = try await output(of: id, stream: stream, from: max(0, size - 2000), limit: 2000)
                let text = SafeText(bytes: bytes).description
                lines[id] = text.split(separator: "\n").suffix(count).map(String.init)
                break
            }
        }
        return lines
    }
}
