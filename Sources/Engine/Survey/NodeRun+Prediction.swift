import Model

extension NodeRun {
    /// What each step would do here, in order. Nothing that is asked changes anything.
    func predictAll() async throws(EngineError) -> [Prediction] {
        var forecast = Forecast(shared.list)
        records = [:]
        for slot in shared.list.slots {
            var prediction = try await predict(slot, forecast)
            if prediction.kind == .skipped { prediction.grade = .none }
            if prediction.kind == .noChange { prediction.grade = .none }
            forecast.append(prediction)
            records[slot.index] = Forecast.record(of: prediction)
        }
        records = [:]
        return forecast.predictions
    }

    private func predict(_ slot: StepSlot, _ forecast: Forecast) async throws(EngineError) -> Prediction {
        let applies = applicability(of: slot)
        if applies.truth == .no { return Prediction(.skipped, reason: applies.reason) }
        let action: StepAction?
        do {
            action = try lower(slot)
        } catch {
            return Prediction(.unknown, reason: "\(error)", grade: .irreversible)
        }
        try await learnSecretDigests(action)
        if case .program(let program)? = action {
            wordings[slot.index] = StepWording(summary: program.summary, undo: program.undoSummary)
        }
        var prediction: Prediction
        switch forecast.expectation(of: slot, applies: applies.truth, reason: applies.reason, action: action) {
        case .nothing(let known): prediction = known
        case .question:
            guard case .program(let program)? = action, let script = program.predict else {
                return Prediction(.unknown, reason: "it has no question")
            }
            let answer = try await ask(script, slot: slot, location: program.location)
            prediction = forecast.prediction(
                of: slot, applies: applies.truth, reason: applies.reason,
                report: PredictionReport(of: program, standardOutput: answer.standardOutput, outcome: answer.outcome))
        }
        prediction.programDigest = action?.digest(run: shared.run, secretDigests: secretDigests)
        return prediction
    }

    /// Whether a step is for this node: its causes, its item, and its `when`, with those of the steps around it.
    func applicability(of slot: StepSlot) -> Applicability {
        if missingItems.contains(slot.index) { return .no("it has fewer items here") }
        if findings[slot.scope].verdict == .healthy {
            return .no("\(shared.list.scopes[slot.scope].runbook.name) finds it healthy")
        }
        if let ladder = slot.ladder, !ladder.isLast,
            shared.request.triedRungs[node.name]?.contains("\(ladder.name)/\(slot.step.name)") == true
        {
            return .no("it was tried here lately")
        }
        var applies = Applicability(truth: .yes)
        for enclosing in slot.enclosing + [EnclosingStep(slot.step, slot.scope)] {
            let step = enclosing.step
            if !step.causes.isEmpty && !step.causes.contains(where: findings[enclosing.scope].causes.contains) {
                return .no("it is for \(step.causes.joined(separator: ", "))")
            }
            guard let when = step.when else { continue }
            applies.take(when, in: context(scope: enclosing.scope, slot: slot))
            if applies.truth == .no { return applies }
        }
        return applies
    }

    /// Lowers a step for this node; nil while it depends on a step that has not run.
    func lower(_ slot: StepSlot) throws -> StepAction? {
        guard let identity else { return nil }
        var step = slot.step
        if let ladder = slot.ladder, step.timeout == nil { step.timeout = ladderTimeout(ladder, slot) }
        return try shared.environment.compiler.action(
            of: step, of: shared.list.scopes[slot.scope].runbook,
            on: LoweringTarget(
                evaluation: context(scope: slot.scope, slot: slot), identity: identity, roles: shared.roles,
                run: shared.loweringRun))
    }

    private func ladderTimeout(_ ladder: Ladder, _ slot: StepSlot) -> Duration? { slot.enclosing.last?.step.timeout }

    /// Runs one of a step's read-only scripts. Before the step's first attempt only one that keeps something has the
    /// step's state folder, since to have one is to make one. Of those with one `name` no two run at a time.
    func ask(
        _ script: StepProgram.Script, slot: StepSlot, location: Location, memory: Int = Answer.keptBytes,
        timeout: Duration = .seconds(120), keeps: Bool = false, name: String? = nil
    ) async throws(EngineError) -> Answer {
        let hasState = keeps || progress.steps[slot.index]?.attempts.isEmpty == false
        var values = ScriptValues(environment: script.environment)
        values.secrets = script.secrets
        return try await ask(
            Ask(
                script: script.text, shell: script.shell, values: values, input: script.input,
                become: becomes(slot.step.become, scope: slot.scope, location: location), location: location,
                timeout: timeout, memory: memory, stateOwner: hasState ? stateOwner(of: slot) : nil, name: name))
    }

    /// Whose state folder all scripts of a step work in: that of its first attempt, in the run that made the change.
    func stateOwner(of slot: StepSlot) -> InvocationID {
        var owner = progress.steps[slot.index]?.attempts.first?.intent.id ?? id(step: slot.index, attempt: 1)
        owner.attempt = 1
        return owner
    }

    /// Learns the HMACs that an action's digest needs.
    func learnSecretDigests(_ action: StepAction?) async throws(EngineError) {
        for reference in action?.secretReferences ?? [] where secretDigests[reference] == nil {
            secretDigests[reference] = try await secretDigest(reference)
        }
    }

    /// The HMAC of a secret's bytes.
    func secretDigest(_ reference: String) async throws(EngineError) -> String {
        do {
            return try await shared.environment.secretDigest(reference)
        } catch {
            throw EngineError(.refused, "Secret \(reference) can't be read: \(error)")
        }
    }
}
