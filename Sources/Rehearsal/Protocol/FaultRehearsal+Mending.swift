import Model

extension FaultRehearsal {
    func apply() async throws {
        let evidence = fault.ending == .remediated ? [Self.withoutEvidence] : []
        let call = try await program(["apply", runbook.name, "--yes"] + evidence + selection)
        applied = call
        for name in targets { try mustEndAsItSays(name, call) }
        if fault.ending != .remediated {
            try await mustBeAdvice(call)
            let differences = try await snapshots.differences(from: broken)
            if fault.ending == .failed && differences.isEmpty { throw Broken("it has changed nothing that is watched") }
            if fault.ending == .advised && !differences.isEmpty {
                throw Broken("it was to give advice, and has changed something", differences)
            }
            return
        }
        if let proof = try await proof(), !proof.holds {
            throw Broken("the independent proof says that it is not mended", proof.lines)
        }
        let surprises = Self.surprises(preview, call.state, targets)
        if !surprises.isEmpty { throw Broken("the dry run said otherwise", surprises) }
    }

    /// It ends as the fault says. Where something shows behind what was mended, that is kept, and the node is not called well.
    private func mustEndAsItSays(_ name: String, _ call: ProgramOutcome) throws {
        let expected: OutcomeClass =
            switch fault.ending {
            case .remediated: endOfMend
            case .advised: .advised
            case .failed: .failed
            }
        guard call.outcome(of: name)?.outcome == expected else {
            throw Broken(
                "\(name) ends \(call.outcome(of: name)?.outcome.rawValue ?? "nowhere") and not \(expected.rawValue)",
                call.evidence)
        }
        guard fault.behind.isEmpty || call.state?.nodes[name]?.verification?.result == .behind else {
            throw Broken("\(name) does not say that something shows behind what was mended", call.evidence)
        }
    }

    /// Where a node ends that was mended.
    var endOfMend: OutcomeClass { fault.behind.isEmpty ? .remediated : .failed }

    /// Advice rests on evidence and mends nothing.
    private func mustBeAdvice(_ call: ProgramOutcome) async throws {
        guard let run = call.run else { throw Broken("there was no run", call.evidence) }
        for name in targets {
            let advice = call.state?.nodes[name]?.advice ?? []
            if advice.isEmpty { throw Broken("\(name) got no advice", call.evidence) }
            let kept = try await program.outputs(of: run, on: name)
            for item in advice {
                let empty = item.evidence.filter { !kept.contains($0) }
                if item.evidence.isEmpty || empty.count == item.evidence.count {
                    throw Broken("the advice '\(item.title)' rests on no evidence", item.evidence)
                }
            }
        }
        if let proof = try await proof(), proof.holds {
            throw Broken("the independent proof says that it is mended, though there was only advice")
        }
    }

    /// Steps that did otherwise than the plan said. Of a target on which nothing is worked it says that every step is
    /// skipped.
    static func surprises(_ plan: Plan?, _ state: RunState?, _ targets: [String]) -> [String] {
        guard let plan, let state else { return [] }
        let nothing = plan.steps.map { _ in Prediction(.skipped) }
        return targets.flatMap { name -> [String] in
            var predictions = plan.targets.first { $0.name == name }?.predictions ?? []
            if predictions.isEmpty { predictions = nothing }
            return zip(plan.steps, predictions).compactMap { step, prediction in
                let status = state.nodes[name]?.steps[step.index]?.ending?.status ?? .skipped
                let fits =
                    switch prediction.kind {
                    case .change: status == .changed
                    case .noChange: status == .unchanged || status == .skipped
                    case .skipped: status == .skipped
                    case .unknown: true
                    }
                // A node behind whose mend something shows is given no work.
                let staysDrained =
                    step.verb == "undrain" && status == .skipped
                    && state.nodes[name]?.verification?.result == .behind
                if fits || staysDrained || Self.saysNothing(step.verb) { return nil }
                return "step '\(step.name)' on \(name): predicted \(prediction.kind.rawValue), was \(status.rawValue)"
            }
        }
    }

    /// Verbs that are no change whatever they do.
    private static func saysNothing(_ verb: String) -> Bool { ["wait", "collect", "advise", "approve"].contains(verb) }

    func applyAgain() async throws {
        let before = try await snapshots.settled()
        let call = try await program(["apply", runbook.name, "--yes", Self.withoutEvidence] + selection)
        for name in targets
        where call.outcome(of: name)?.outcome
            != (fault.ending != .remediated || somethingStands(on: name) ? .advised : .healthy)
        {
            throw Broken(
                "the second time \(name) ends \(call.outcome(of: name)?.outcome.rawValue ?? "nowhere")", call.evidence)
        }
        if !fault.behind.isEmpty { try mustBeFound(call, fault.behind) }
        try await mustEqual(before, "the second apply has changed something")
    }

    /// Whether one of the fault's causes stands after the others were mended, since only a person was told of it.
    private func somethingStands(on name: String) -> Bool {
        if !fault.behind.isEmpty { return true }
        guard let plan = applied?.plan, let node = applied?.state?.nodes[name] else { return false }
        let told = plan.steps.filter { step in node.advice.contains { $0.step == step.name } }
        let treated = plan.steps.filter { node.steps[$0.index]?.mayHaveChanged == true }
        return !Set(told.flatMap(\.causes)).subtracting(treated.flatMap(\.causes)).isDisjoint(with: fault.causes)
    }

    func rollBack() async throws {
        guard fault.ending != .advised else { throw Skipped("advice changes nothing") }
        guard let applied, let run = applied.run else { throw Skipped("there was no run") }
        let call = try await program(["rollback", run.description, "--yes"])
        try await mustBeUndone(applied, call, isWhole: true)
    }

    /// Holds the end of a rollback against what was there before the apply. Where something can't be undone, it has to be
    /// named, and the fault is made anew once all else was found restored.
    ///
    /// `isWhole`: every step was done that is to be done, and so everything is changed that can't be restored.
    func mustBeUndone(
        _ applied: ProgramOutcome, _ undone: ProgramOutcome, isWhole: Bool = false
    ) async throws {
        let irreversible = Self.irreversible(applied, targets)
        for name in targets {
            guard let outcome = undone.outcome(of: name) else { throw Broken("\(name) has no end", undone.evidence) }
            let named = irreversible[name] ?? []
            let isRight = outcome.outcome == .rolledBack || !named.isEmpty && outcome.outcome == .failed
            if !isRight { throw Broken("the rollback of \(name) ends \(outcome.outcome.rawValue)", undone.evidence) }
            try mustName(named, outcome)
        }
        let isReversible = irreversible.values.allSatisfy(\.isEmpty)
        try await mustEqual(
            broken, "the rollback does not restore what was there", except: isReversible ? [] : fault.notRestored)
        if isWhole { try await mustStayChanged(fault.notRestored) }
        if isReversible { try await mustBeBrokenAgain() } else { try await renew() }
    }

    /// A node whose steps were undone says which of them could not be.
    func mustName(_ irreversible: [String], _ outcome: NodeOutcome) throws {
        let silent = irreversible.filter { !outcome.irreversible.contains($0) }
        if !silent.isEmpty { throw Broken("the rollback does not say that these can't be undone", silent) }
    }

    /// What the fault excepts from a rollback has to need it: otherwise nobody would see it left changed by mistake.
    private func mustStayChanged(_ things: [WatchedThing]) async throws {
        guard !things.isEmpty else { return }
        let restored = try await snapshots.take().unchanged(things, since: broken)
        if !restored.isEmpty {
            throw Broken(
                "'not_restored' names what the rollback does restore",
                restored.map { "\($0.kind.rawValue):\($0.subject)" })
        }
    }

    /// The fault is there again. Its proof says so for less than detect would, where nothing is to follow that needs it found.
    func mustBeBrokenAgain() async throws {
        if fault.independent.isEmpty || wantsKill || wantsWrongRemedy {
            return try await patiently(5) { try await mustBeFound(broken: true) }
        }
        try await patiently(5) {
            guard let proof = try await proof(), proof.holds else { return }
            throw Broken("what was undone does not bring the fault back, says the independent proof")
        }
    }

    /// Steps that changed a target and can't be undone, as the plan declares them, and that the run has not undone itself.
    static func irreversible(_ call: ProgramOutcome, _ targets: [String]) -> [String: [String]] {
        guard let plan = call.plan, let state = call.state else { return [:] }
        return targets.reduce(into: [:]) { found, name in
            let predictions = plan.targets.first { $0.name == name }?.predictions ?? []
            found[name] = zip(plan.steps, predictions).compactMap { step, prediction -> String? in
                let steps = state.nodes[name]?.steps ?? [:]
                // A step's undo has the step's number plus that of all steps.
                let isUndone = steps[plan.steps.count + step.index]?.isUndone == true
                let stands = steps[step.index]?.mayHaveChanged == true && !isUndone
                return stands && prediction.grade == .irreversible ? step.name : nil
            }
        }
    }
}
