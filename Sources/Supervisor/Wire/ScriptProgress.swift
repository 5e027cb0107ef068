import Model

/// What a script's events add up to: a result, and output within its limit. Pure.
struct ScriptProgress: Sendable {
    /// What to do about an event.
    enum Step: Sendable, Hashable {
        case nothing
        case started
        case output(OutputChunk)
        case ended(InvocationResult)
    }

    private var limit: Int
    private var total: OutputOffsets

    /// Begins at `offsets`; `limit` is in bytes of both streams together.
    init(from offsets: OutputOffsets, limit: Int) {
        total = offsets
        self.limit = limit
    }

    /// - Throws: `SessionError` where the session's answer is no result.
    mutating func apply(_ event: SupervisorEvent, of id: InvocationID) throws(SessionError) -> Step {
        switch event {
        case .started(let outputLimit):
            if outputLimit > 0 { limit = min(limit, outputLimit) }
            return .started
        case .output(let chunk): return take(chunk)
        case .ended(let status, let why, let isSandboxed): return .ended(result(status, why, isSandboxed))
        case .notStarted(let reason):
            return .ended(InvocationResult(outcome: .notStarted(reason: Self.words(for: reason))))
        case .mismatch:
            throw SessionError(
                .violation, "The node knows \(id) as another script, or from another machine.",
                hint: "Its state folder was copied or shared, or the database restored. Nothing was run.")
        case .busy(let holder): throw .busy(holder)
        case .attached, .alive: return .nothing
        case .hello, .ready, .done, .fired, .nothing, .fatal:
            throw SessionError.violation("The node answered something else.")
        }
    }

    /// Cut where the limit is; what a node kept beyond it is not part of the output.
    private mutating func take(_ chunk: OutputChunk) -> Step {
        let room = max(0, limit - min(limit, total.standardOutput) - min(limit, total.standardError))
        total[chunk.stream] += chunk.bytes.count
        guard room > 0 else { return .nothing }
        guard chunk.bytes.count > room else { return .output(chunk) }
        var chunk = chunk
        chunk.bytes.removeSubrange(room...)
        return .output(chunk)
    }

    private func result(_ status: Int32?, _ why: SupervisorEvent.Ending, _ isSandboxed: Bool) -> InvocationResult {
        var outcome: InvocationOutcome
        switch why {
        case .byItself: outcome = status.map { .exited($0) } ?? .lost(reason: "the node tells no status")
        case .timeout: outcome = .timedOut
        case .cancel: outcome = .cancelled
        case .limit: outcome = .outputLimitExceeded
        case .never: outcome = .notStarted(reason: "the node could not start it")
        case .lost: outcome = .lost(reason: "what ran it on the node is gone, and left no status")
        }
        if case .exited = outcome, total.standardOutput + total.standardError > limit { outcome = .outputLimitExceeded }
        return InvocationResult(
            outcome: outcome, standardOutputBytes: min(limit, total.standardOutput),
            standardErrorBytes: min(limit, total.standardError), isSandboxed: isSandboxed)
    }

    private static func words(for reason: String) -> String {
        switch reason {
        case "nospace": "the script could not be stored whole: the node's disk is full"
        case "given-up": "it was never started, and will not be"
        case "unclaimed": "the node has never seen it"
        case "alive":
            "it still runs on the node since it was asked before (find it with: ps axe | grep RUNBOOK_INVOCATION)"
        default: SafeText(reason).description
        }
    }
}

extension SessionError {
    /// Another run holds the node.
    static func busy(_ holder: String) -> SessionError {
        let run = SafeText(String(holder.prefix(8))).description
        return SessionError(
            .busy(holder: SafeText(holder).description), "Run \(run) holds this node.",
            hint: "Wait until it has ended, or look at it with: runbook show \(run)")
    }

    /// The node answered, and not what it was asked.
    static func violation(_ message: String) -> SessionError {
        SessionError(
            .violation, message,
            hint:
                "Nothing that it says is believed. Look there who else writes to its state folder, "
                + "/var/lib/runbook-node (root) or /var/tmp/rb-UID; if nobody does, it is a bug of the program.")
    }
}
