import Model

/// All that can be done to nodes: one run at a time from its first event to its last.
///
/// A node that fails is an outcome of the run; what these functions throw is `EngineError`, when the run itself can't
/// go on. Cancelling the task interrupts the run: steps in progress finish, and `resume` goes on with it.
package struct RunEngine: Sendable {
    private let environment: RunEnvironment

    package init(_ environment: RunEnvironment) { self.environment = environment }

    /// Asks requirements, detect and diagnose, and changes nothing.
    package func diagnose(_ request: RunRequest, control: RunControl = RunControl()) async throws -> RunState {
        try await shielded(control) {
            let session = try await RunSession.open(request, environment: environment, control: control)
            try await Surveyor(shared: session.shared, nodes: session.nodes).survey(depth: .diagnose)
            try await session.endAsSurveyed()
            return try await session.finish()
        }
    }

    /// Makes a plan, keeps it with the run, and changes nothing.
    package func plan(
        _ request: RunRequest, control: RunControl = RunControl()
    ) async throws -> (plan: Plan, digest: String, state: RunState) {
        try await shielded(control) {
            let session = try await RunSession.open(request, environment: environment, control: control)
            try await Surveyor(shared: session.shared, nodes: session.nodes).survey(depth: .predict)
            let plan = try await session.plan(of: session.nodes)
            let digest = plan.digest
            try await session.shared.recorder.store(plan, digest: digest)
            try await session.shared.recorder.record(.planned(plan.summary(digest: digest)))
            try await session.endAsSurveyed()
            return (plan, digest, try await session.finish())
        }
    }

    /// Surveys, plans and carries the plan out; with `approved`, exactly that plan or less.
    package func apply(
        _ request: RunRequest, approved: Plan? = nil, control: RunControl = RunControl()
    ) async throws -> RunState {
        try await shielded(control) {
            let session = try await RunSession.open(request, environment: environment, control: control)
            return try await ApplyRun(session: session, approved: approved).run()
        }
    }

    /// Goes on with a run that was interrupted, whose process is gone, or that left nodes unknown or held.
    ///
    /// `request` has the run's own header, runbook and parameters; its requester is who resumes. `later` are the runs that
    /// may have changed the nodes since, and `rollbacks` those among them that undid the run: it does not go on with nodes
    /// that they touched. A rollback needs what is known of the run that it undoes, and both of that one.
    package func resume(
        _ request: RunRequest, past: RunPast, undone: RunPast? = nil, later: [LaterRun] = [],
        rollbacks: [RunState] = [], control: RunControl = RunControl()
    ) async throws -> RunState {
        switch (past.state.header?.kind, undone) {
        case (.apply, _):
            return try await shielded(control) {
                let session = try await RunSession.open(
                    request, environment: environment, control: control, history: past.state,
                    plan: past.state.plan == nil ? nil : past.plan)
                let refusal = ResumeRefusal(past.state, later: later, rollbacks: rollbacks)
                return try await ResumeRun(session: session, past: past, refusal: refusal).run()
            }
        case (.rollback, .some(let undone)):
            let begun = past.state.nodes.filter { !$0.value.steps.isEmpty }
            return try await rollBack(
                request, history: past.state, past: undone,
                later: later.filter { $0.run != request.header.id && begun[$0.node] == nil },
                rollbacks: rollbacks.filter { $0.header?.id != request.header.id }, force: false, control: control)
        default:
            let kind = past.state.header?.kind.rawValue ?? "unknown"
            throw EngineError(.refused, "A run of kind '\(kind)' can't be resumed.", hint: "Start it again.")
        }
    }

    /// Undoes what the run of `past` did and earlier `rollbacks` of it have not undone. `request` has the new run's header,
    /// and the old one's runbook and parameters.
    package func rollback(
        _ request: RunRequest, past: RunPast, later: [LaterRun], rollbacks: [RunState] = [], force: Bool = false,
        control: RunControl = RunControl()
    ) async throws -> RunState {
        try await rollBack(
            request, history: nil, past: past, later: later, rollbacks: rollbacks, force: force, control: control)
    }

    private func rollBack(
        _ request: RunRequest, history: RunState?, past: RunPast, later: [LaterRun], rollbacks: [RunState],
        force: Bool, control: RunControl
    ) async throws -> RunState {
        let earlier = EarlierRollbacks(rollbacks)
        let past = past.with(earlier.continuing(past.state))
        return try await shielded(control) {
            guard let undone = past.state.header?.id else {
                throw EngineError(.refused, "The run to be undone is not known.")
            }
            let plan = RollbackPlan(
                of: past.state, plan: past.plan, runbook: request.runbook,
                nodes: Set(request.header.targets.names), later: later.filter { !earlier.include($0) }, force: force)
            let session = try await RunSession.open(
                request, environment: environment, control: control, history: history,
                undone: (undone, past.state.nodes.mapValues(\.toBeUndone)), plan: past.plan)
            return try await RollbackRun(session: session, past: past, plan: plan, force: force).run()
        }
    }

    /// Runs one command on many nodes. The request's header holds the command; its runbook is not looked at.
    package func exec(
        _ request: RunRequest, become: Bool? = nil, timeout: Duration = .seconds(600),
        control: RunControl = RunControl()
    ) async throws -> RunState {
        try await shielded(control) {
            var request = request
            request.runbook = ExecRun.runbook(request.header.command)
            let session = try await RunSession.open(request, environment: environment, control: control)
            return try await ExecRun(
                session: session, command: request.header.command, become: become, timeout: timeout
            ).run()
        }
    }

    /// Keeps the cancellation of the caller's task away from what must come to its end, and tells the run instead.
    private func shielded<R: Sendable>(
        _ control: RunControl, _ work: @escaping @Sendable () async throws -> R
    ) async throws -> R {
        let task = Task { try await work() }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            control.interrupt()
        }
    }
}
