import Model

/// One supervisor on a node, run as one user, with one conversation at a time.
///
/// Frames that stop an invocation may be sent while another task waits for its end.
actor SupervisorSeat {
    nonisolated let identity: NodeIdentity
    private let channel: any SupervisorChannel
    private var parser: SupervisorEventParser
    private var events: ArraySlice<SupervisorEvent>
    private var failure: SessionError?
    private var isTaken = false
    private var queue: [CheckedContinuation<Void, Never>] = []

    private init(
        channel: any SupervisorChannel, parser: SupervisorEventParser, events: ArraySlice<SupervisorEvent>,
        identity: NodeIdentity
    ) {
        self.channel = channel
        self.parser = parser
        self.events = events
        self.identity = identity
    }

    /// Starts a supervisor over `opener` and greets it.
    static func open(
        over opener: any SupervisorChannelOpener, become: BecomeSettings?,
        password: (@Sendable () async throws -> SecretBytes)?
    ) async throws -> SupervisorSeat {
        let greeting = SupervisorGreeting(become: become, password: password)
        let opened = try await greeting.open(over: opener)
        return SupervisorSeat(
            channel: opened.channel, parser: opened.parser, events: opened.rest, identity: opened.identity)
    }

    /// Runs `body` while no other conversation goes on.
    func converse<Result: Sendable>(
        _ body: @Sendable (isolated SupervisorSeat) async throws -> Result
    ) async throws -> Result {
        if isTaken { await withCheckedContinuation { queue.append($0) } } else { isTaken = true }
        defer { if queue.isEmpty { isTaken = false } else { queue.removeFirst().resume() } }
        if let failure { throw failure }
        return try await body(self)
    }

    func send(_ frame: SupervisorFrame) async throws {
        if let failure { throw failure }
        do { try await channel.send(frame.bytes) } catch { throw broken(error) }
    }

    /// The next event of the conversation.
    func next() async throws -> SupervisorEvent {
        while true {
            if let event = events.popFirst() {
                if case .fatal(let kind, let text) = event { throw fail(Self.fatal(kind, text)) }
                return event
            }
            if let failure { throw failure }
            let received: SupervisorChannelEvent
            do { received = try await channel.receive() } catch { throw broken(error) }
            switch received {
            case .standardOutput(let bytes):
                do throws(ProtocolViolation) {
                    events = try parser.feed(bytes)[...]
                } catch {
                    throw await violation(error)
                }
            case .standardError: continue
            case .closed(let reason):
                throw fail(SessionError(.lost, "The connection ended" + (reason.map { ": \($0)." } ?? ".")))
            }
        }
    }

    /// Ends the session because of what the node said.
    func violation(_ error: ProtocolViolation) async -> SessionError {
        let failure = fail(
            SessionError(
                .violation, "The node broke the protocol: \(error.text). Nothing that it says is trusted any more.",
                hint: "Look at the node itself before anything else is done to it."))
        await channel.close()
        return failure
    }

    func close() async {
        if failure == nil { try? await channel.send(SupervisorFrame.bye.bytes) }
        _ = fail(SessionError(.lost, "The session was closed."))
        await channel.close()
    }

    private func broken(_ error: any Error) -> SessionError {
        if let error = error as? SessionError { return fail(error) }
        if error is CancellationError { return fail(SessionError(.cancelled, "Cancelled.")) }
        return fail(SessionError(.lost, "The connection broke: \(error)."))
    }

    private func fail(_ error: SessionError) -> SessionError {
        if failure == nil { failure = error }
        return error
    }

    private static func fatal(_ kind: String, _ text: String) -> SessionError {
        switch kind {
        case "violation": SessionError(.violation, "The supervisor did not understand the controller: \(text).")
        default:
            SessionError(
                .unusable, "The node can't host the supervisor: \(kind == "unusable" ? "" : kind + " ")\(text).",
                hint: "Mend that on the node first.")
        }
    }
}
