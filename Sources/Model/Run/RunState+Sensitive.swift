extension RunState {
    /// What was sent for steps whose output is kept out of terminals and reports.
    package var sensitiveInvocations: Set<InvocationID> {
        var found: Set<InvocationID> = []
        for node in nodes.values {
            for step in node.steps.values {
                for attempt in step.attempts where attempt.intent.isSensitive { found.insert(attempt.intent.id) }
            }
        }
        return found
    }
}
