import Model

extension Executor {
    /// Ends the targets on which nothing is to be done.
    func endWithoutWork() async throws(EngineError) {
        let workedOn = Set(plan.workedOn.map(\.name))
        for target in plan.targets where !workedOn.contains(target.name) {
            guard let node = nodes[target.name], await node.isOpen else { continue }
            let outcome = SurveyEnd.outcome(target.survey, isReadOnly: false)
            budget.note(target.name, outcome.outcome, isCanary: false)
            try await node.close(outcome)
        }
    }

    /// Takes in what a resumed run did before.
    func noteFinished() async {
        for (name, node) in nodes {
            guard let outcome = await node.progress.outcome else { continue }
            let isCanary = plan.waves.prefix(plan.strategy.canaryWaves).contains { $0.contains(name) }
            budget.note(name, outcome.outcome, isCanary: isCanary)
            if outcome.outcome.countsAsFailure { room.enter(name) }
        }
    }

    /// Undoes what was done once for the run, where every node of the run was rolled back.
    func undoSharedSteps() async throws(EngineError) {
        let state = await shared.recorder.state
        let workedOn = plan.workedOn.map(\.name)
        guard !workedOn.isEmpty,
            workedOn.allSatisfy({
                state.nodes[$0]?.outcome?.outcome == .rolledBack || state.nodes[$0]?.failure?.response == .rollback
            })
        else { return }
        for slot in shared.list.main.reversed() where slot.step.runOnce {
            for name in workedOn {
                guard let node = nodes[name], await node.undoable.contains(where: { $0.index == slot.index }) else {
                    continue
                }
                if try await node.undo(slot, purpose: .undo) == .failed {
                    try await shared.recorder.record(
                        .warning("Step '\(slot.name)', done once for the run, could not be undone."))
                }
            }
        }
    }

    /// Ends the nodes that an earlier process has begun and that had no turn since: what was sent there is taken up, and
    /// no further step begins.
    func endBegun() async throws(EngineError) {
        if shared.control.isInterrupted { return }
        let names = await begun()
        let reasons = Dictionary(uniqueKeysWithValues: names.map { ($0, unbegunOutcome($0).text) })
        let results = await Self.each(names, concurrency: plan.strategy.concurrency) {
            name -> Result<Void, EngineError> in
            guard let node = self.nodes[name], let reason = reasons[name] else { return .success(()) }
            return await Self.result { () async throws(EngineError) in
                guard let outcome = try await node.settle(reason) else { return }
                try await node.close(outcome)
            }
        }
        for (_, result) in results { try result.get() }
    }

    /// Ends the nodes that were never begun.
    func endTheRest() async throws(EngineError) {
        if shared.control.isInterrupted { return }
        for target in plan.targets {
            guard let node = nodes[target.name], await node.isOpen else { continue }
            try await node.close(unbegunOutcome(target.name))
        }
    }

    /// How a node ends that was never begun.
    private func unbegunOutcome(_ name: String) -> NodeOutcome {
        if let stopReason { return NodeOutcome(.notStarted, text: stopReason) }
        guard let block = room.blocking(name) else { return NodeOutcome(.notStarted, text: "The run ended before it.") }
        return NodeOutcome(
            .skipped,
            text:
                "Never more than \(block.limit) nodes with \(block.label) \(block.value) may be out of service, and no room came.",
            hint: "Run it again once other nodes are back in service.")
    }
}

/// Decides where a target ends on which nothing is done.
enum SurveyEnd {
    static func outcome(_ survey: Survey?, isReadOnly: Bool) -> NodeOutcome {
        guard let survey else { return NodeOutcome(.notStarted, text: "The run ended before it.") }
        if let requirement = survey.unmetRequirement, survey.verdict == .broken, !isReadOnly {
            return NodeOutcome(.skipped, text: "It does not meet a requirement: \(requirement).", causes: survey.causes)
        }
        let outcome: OutcomeClass =
            switch survey.verdict {
            case .healthy: .healthy
            case .broken: isReadOnly ? .broken : .skipped
            case .inconclusive: .inconclusive
            case .unreachable: .unreachable
            }
        var text = survey.text
        if outcome == .skipped { text = "No step applies to it." }
        if let requirement = survey.unmetRequirement, outcome == .broken {
            text = [text, "It does not meet a requirement: \(requirement)."].filter { !$0.isEmpty }.joined(
                separator: " ")
        }
        return NodeOutcome(outcome, text: text, hint: survey.hint, causes: survey.causes)
    }
}
