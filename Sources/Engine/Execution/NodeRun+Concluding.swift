import Model

extension NodeRun {
    /// What comes after the steps: verify or undo, then `always`. Nothing is decided twice when it is taken up again.
    /// - Returns: how the node ends, not recorded yet.
    func conclude() async throws(EngineError) -> NodeOutcome {
        let summary = summary
        if progress.failure == nil && summary.needsVerify {
            try await enter(.verifying)
            try await takeIn(try await verify(), summary: summary)
        } else if progress.failure?.response == .settle && progress.failure?.isUnreachable != true {
            try await enter(.verifying)
            let verification = try await verify(settling: true)
            try await tellRung(helped: verification.isMended)
        }
        switch progress.failure?.response {
        case .rollback, .windowClosed: try await undoAll(drains: false)
        default: break
        }
        try await performAlways()
        return NodeEnd(summary: self.summary, progress: progress).outcome
    }

    /// Takes up what was sent here and has not ended, and begins no further step, for `reason`.
    /// - Returns: how the node ends, not recorded yet; nil where it stays as it is, for `resume`.
    func settle(_ reason: String) async throws(EngineError) -> NodeOutcome? {
        haltReason = reason
        for slot in shared.list.main {
            if try await !perform(slot) { break }
        }
        if isInterrupted { return nil }
        return try await conclude()
    }

    private func takeIn(_ verification: Verification, summary: NodeSummary) async throws(EngineError) {
        try await tellRung(helped: verification.isMended)
        guard summary.hasChanged || summary.advised.isEmpty else { return }
        switch verification.result {
        case .holds, .inconclusive: return
        case .behind: try await keep(verification)
        case .broken:
            let text =
                summary.hasChanged
                ? "It is not verified: \(verification.text)"
                : "It is still broken, and no step had anything to change: \(verification.text)"
            try await fail(policy(nil), text)
        }
    }

    /// What shows behind what was mended says nothing against the mend, which stays.
    private func keep(_ verification: Verification) async throws(EngineError) {
        let policy = policy(nil)
        try await fail(
            policy == .rollback ? .stop : policy,
            "What was found is mended. Behind it shows what could not be seen before: \(verification.text)",
            hint: "Run the runbook again for what shows now")
    }

    /// A finished node did not stay healthy during its wave's soak: it follows `on_failure`.
    func failAfterSoak(_ verification: Verification) async throws(EngineError) -> NodeOutcome {
        try await fail(policy(nil), "It did not stay healthy: \(verification.text)")
        if progress.failure?.response == .rollback { try await undoAll(drains: false) }
        return NodeEnd(summary: summary, progress: progress).outcome
    }

    private func performAlways() async throws(EngineError) {
        guard progress.hasChanged, progress.failure?.response != .ask else { return }
        if progress.failure?.response == .settle && progress.verification?.result != .holds { return }
        for slot in shared.list.always {
            if progress.steps[slot.index]?.ending != nil { continue }
            _ = try await performHere(slot, purpose: .always)
        }
    }

    /// Records the node's end and gives the node back.
    func close(_ outcome: NodeOutcome) async throws(EngineError) {
        var outcome = outcome
        outcome.causes = progress.survey?.causes ?? []
        try await record(.nodeFinished(node: node.name, outcome))
        try await release()
        await closeSessions()
    }

    var summary: NodeSummary { NodeSummary(progress, list: shared.list, isIrreversible: { self.isIrreversible($0) }) }

    private func isIrreversible(_ slot: StepSlot) -> Bool {
        switch try? lower(slot) {
        case .program(let program)?: program.grade == .irreversible || program.undo == nil
        case .reboot?: true
        default: false
        }
    }
}
