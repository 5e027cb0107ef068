/// A session with one node: the only way in which the engine touches it.
///
/// One session serves all of a run's steps on its node. A session that lost its connection throws
/// `SessionError` of kind `.lost`; a new one can take up guarded invocations where the old one left them.
package protocol NodeSession: Sendable {
    /// What the node said of itself when the session started.
    var identity: NodeIdentity { get }

    /// Whether sudo on the node keeps all that it is given (`log_input`), so that no secret can be sent there.
    var recordsInput: Bool { get }

    /// Runs `invocation`, or takes up a guarded one that was started before, and returns when it has ended.
    ///
    /// `output` gets each piece once, from `offsets` on, in order within its stream. It may suspend, which holds
    /// back the node's output. `started` is called once the node has confirmed the start.
    /// Cancelling the task does not end a guarded invocation on the node: `cancel(_:)` does.
    /// - Throws: `SessionError` when the session cannot go on. A failed script is a result, not an error.
    func run(
        _ invocation: Invocation, from offsets: OutputOffsets,
        started: @Sendable () async -> Void,
        output: @Sendable (OutputChunk) async throws -> Void
    ) async throws -> InvocationResult

    /// Takes up a guarded invocation that may have been started by an earlier session, without ever starting it.
    ///
    /// Returns `.notStarted` when the node proves that it never started, `.lost` when that cannot be told.
    /// `become` is that of the invocation: it says whose state folder is asked. `timeout` is that of the invocation too.
    func reattach(
        _ id: InvocationID, scriptDigest: String, become: Bool, timeout: Duration, from offsets: OutputOffsets,
        output: @Sendable (OutputChunk) async throws -> Void
    ) async throws -> InvocationResult

    /// Ends a running invocation: TERM to its whole group, KILL after its grace. `become` is that of the invocation.
    func cancel(_ id: InvocationID, become: Bool) async throws

    /// Tells the node that the controller has committed the outcome of `id`: the node may forget all but a tombstone.
    /// `become` is that of the invocation.
    func acknowledge(_ id: InvocationID, become: Bool) async throws

    /// Claims the node for `run`, so that no other run, of any controller, changes it meanwhile.
    ///
    /// `fence` must be higher than that of every earlier holder.
    /// - Throws: `SessionError` of kind `.busy` that names the holding run.
    func lease(run: RunID, fence: Int, become: Bool) async throws

    /// Has what is sent over this session from now on pass under a claim of `run` that another session has made.
    func share(leaseOf run: RunID, fence: Int) async

    /// Gives the claim back.
    func release(run: RunID) async throws

    /// Arms `undo` on the node: it runs by itself after `delay` unless it is disarmed, even after a reboot.
    ///
    /// Must be called before the guarded step is started.
    func arm(_ undo: Invocation, after delay: Duration) async throws

    /// Disarms what `arm` armed for `id`. Call it over a session that was opened after the step.
    ///
    /// Of an undo that the node knows exactly one happens: it is disarmed, or it has fired. `become` is that of the
    /// undo.
    func disarm(_ id: InvocationID, become: Bool) async throws -> GuardEnd

    /// The bytes of a file in a step's state folder (`$RUNBOOK_STATE`), or nil when it does not exist.
    func captured(_ file: String, of id: InvocationID, become: Bool) async throws -> [UInt8]?

    /// Ends the session. Guarded invocations go on.
    func close() async
}

/// Opens sessions.
package protocol NodeConnector: Sendable {
    /// Opens a session with `node`.
    /// - Throws: `SessionError`.
    func connect(to node: Node) async throws -> any NodeSession
}
