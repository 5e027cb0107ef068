import Model

extension RunService {
    /// The last lines that each failed step and each failed undo printed, on standard error where there was any.
    package func lastLines(_ state: RunState) async throws -> [InvocationID: [String]] {
        try await journal.lastLines(state)
    }
}
