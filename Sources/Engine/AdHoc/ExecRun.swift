import Model

/// One command on many nodes, audited like a step.
struct ExecRun: Sendable {
    let session: RunSession
    let command: [String]
    let become: Bool?
    let timeout: Duration

    /// What a shell is given: one word is a shell's text, several are a command and its arguments, quoted.
    static func script(_ words: [String]) -> String {
        if words.count == 1 { return words[0] }
        return words.map { "'" + $0.replacing("'", with: #"'\''"#) + "'" }.joined(separator: " ")
    }

    /// The runbook that stands for a command.
    static func runbook(_ words: [String]) -> Runbook {
        let position = SourcePosition(file: "exec", line: 1, column: 1)
        let step = Step(
            name: "exec", verb: .run(script: script(words)), effect: .once, position: position)
        return Runbook(
            name: "", version: 0, title: "", description: "", supportCase: nil, owners: [], tags: [], covers: [],
            references: [], platforms: [], targets: .nodes(""), parameters: [], requires: [], strategy: Strategy(),
            approve: nil, window: nil, schedule: nil, detect: nil, diagnose: [], steps: [step], verify: [],
            onFailure: .stop, always: [], notify: nil, become: nil, timeout: nil, position: position, sources: [])
    }

    func run() async throws(EngineError) -> RunState {
        try await session.shared.recorder.record(.phaseChanged(.running))
        let limiter = FanoutLimiter(session.shared.request.fanout)
        let failures = await withTaskGroup(of: EngineError?.self) { group in
            for node in session.nodes {
                group.addTask {
                    await limiter.run {
                        let result = await Executor.result { () async throws(EngineError) in
                            try await node.exec(Self.script(command), become: become, timeout: timeout)
                        }
                        if case .failure(let error) = result { return error }
                        return nil
                    }
                }
            }
            var failures: [EngineError] = []
            for await failure in group { if let failure { failures.append(failure) } }
            return failures
        }
        if let failure = failures.first { throw failure }
        return try await session.finish()
    }
}

extension NodeRun {
    /// Runs one command here, and ends the node by its exit status.
    func exec(_ script: String, become: Bool?, timeout: Duration) async throws(EngineError) {
        if shared.control.level > .go {
            return try await close(NodeOutcome(.notStarted, text: "The run was cancelled."))
        }
        guard let slot = shared.list.slots.first else { return }
        try await enter(.connecting)
        if let refusal = try await prepareToChange() {
            let outcome: OutcomeClass =
                lastWasUnreachable ? .unreachable : progress.failure?.response == .cancel ? .skipped : .failed
            let failure = progress.failure
            return try await close(
                NodeOutcome(
                    outcome, text: failure?.text ?? refusal, hint: failure?.hint ?? lastHint, holder: failure?.holder))
        }
        try await enter(.changing)
        let id = id(step: slot.index, attempt: 1)
        let values = StepProgram.Script(
            script, environment: ["RUNBOOK_NODE": node.name, "RUNBOOK_RUN": shared.run.description])
        let sending = Sending(
            slot: slot, id: id, purpose: .exec, name: "exec", verb: "exec", script: values, effect: .once,
            location: .target, become: becomes(become, scope: 0, location: .target), timeout: timeout)
        let result = try await send(sending)
        let ending = try await finish(sending, result)
        let outcome: NodeOutcome
        switch result.answer.outcome {
        case .exited(0): outcome = NodeOutcome(.healthy)
        case .notStarted(let reason):
            outcome = NodeOutcome(result.isUnreachable ? .unreachable : .failed, text: reason, hint: result.hint)
        case .lost(let reason):
            outcome = NodeOutcome(.unknown, text: reason, hint: lastHint, step: "exec", invocation: id)
        case .cancelled: outcome = NodeOutcome(.cancelled, text: "It was stopped.", step: "exec", invocation: id)
        default: outcome = NodeOutcome(.failed, text: ending.text, hint: lastHint, step: "exec", invocation: id)
        }
        try await close(outcome)
    }
}
