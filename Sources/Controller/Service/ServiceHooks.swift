import Model

/// What other parts of the program do in the service.
package struct ServiceHooks: Sendable {
    /// Runs that waited for approvals and now have what they need.
    package var approvedRuns: @Sendable (any JournalStore) async throws -> [RunID] = { _ in [] }
    /// Tells people that a job did not run at its time, by its name and in a sentence.
    package var alert: @Sendable (any JournalStore, _ job: String, _ text: String) async -> Void = { _, _, _ in }
    /// Further parts, such as sending what has to be told.
    package var parts: @Sendable (any JournalStore) -> [any ServicePart] = { _ in [] }

    package init() {}

    /// What this program has.
    package static func installed(_ settings: Settings) -> ServiceHooks {
        var hooks = ServiceHooks()
        hooks.approvedRuns = { journal in
            try await RunService(Workspace(settings), journal: journal).approvedRuns()
        }
        hooks.alert = { journal, job, text in
            try? await NotificationDesk(Workspace(settings), journal).tellMissed(job, text)
        }
        hooks.parts = { journal in
            let desk = NotificationDesk(Workspace(settings), journal)
            return [
                FunctionPart("notifications", every: .seconds(1)) {
                    let pass = try await desk.deliverDue()
                    if let text = pass.givenUp.first { throw RequestError(.refused, text) }
                }
            ]
        }
        return hooks
    }
}
