import Model

/// The program that is tested, as the protocol of a fault calls it.
protocol TestedProgram: Sendable {
    /// The folder of runbooks.
    var runbooks: String { get }

    /// Calls it, with the runbooks of another folder where one is given. `killWhen` sees each line of its events, and has it
    /// killed by saying yes.
    func call(
        _ arguments: [String], runbooks other: String?, killWhen: (@Sendable (String) -> Bool)?
    ) async throws -> ProgramOutcome

    /// The names of all of which a run has kept output of a node.
    func outputs(of run: RunID, on node: String) async throws -> Set<String>
}

extension TestedProgram {
    func callAsFunction(
        _ arguments: [String], runbooks other: String? = nil, killWhen: (@Sendable (String) -> Bool)? = nil
    ) async throws -> ProgramOutcome {
        try await call(arguments, runbooks: other, killWhen: killWhen)
    }
}

/// What a call of the program did.
struct ProgramOutcome: Sendable {
    let result: ChildProcess.Result
    /// Of its run; empty where none began.
    let events: [RecordedEvent]
    let plan: Plan?
    /// What failed steps printed last.
    let lastLines: [InvocationID: [String]]
    /// Nil where no run began.
    let state: RunState?

    init(
        result: ChildProcess.Result, events: [RecordedEvent] = [], plan: Plan? = nil,
        lastLines: [InvocationID: [String]] = [:]
    ) {
        self.result = result
        self.events = events
        self.plan = plan
        self.lastLines = lastLines
        state = events.isEmpty ? nil : RunState(events)
    }

    /// Nil where no run began.
    var run: RunID? { events.first?.run }

    /// How `node` ended.
    func outcome(of node: String) -> NodeOutcome? { state?.nodes[node]?.outcome }

    /// In lines, for a message.
    var evidence: [String] {
        let ends = (state?.targets ?? []).flatMap { name in
            let outcome = outcome(of: name)
            let step = outcome?.step.map { " in '\($0)'" } ?? ""
            return ["\(name): \(outcome?.outcome.rawValue ?? "no end")\(step) \(outcome?.text ?? "")"]
                + (outcome?.invocation.flatMap { lastLines[$0] } ?? []).map { "    " + $0 }
        }
        return ["exit status \(result.status)"] + ends
            + result.error.split(separator: "\n").suffix(6).map(String.init)
    }
}
