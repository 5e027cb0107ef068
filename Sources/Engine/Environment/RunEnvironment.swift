import Model

/// Everything outside the engine that a run uses.
package struct RunEnvironment: Sendable {
    /// Opens sessions with nodes of the inventory.
    package var connector: any NodeConnector
    /// Opens sessions with the controller itself.
    package var controller: any NodeConnector
    package var log: any RunLog
    package var clock: any EngineClock
    package var gates: any RunGates
    package var compiler: any StepCompiling
    /// A secret's bytes, by its reference.
    package var secrets: @Sendable (String) async throws -> SecretBytes
    /// An HMAC of a secret's bytes, in hexadecimal, under a key that is kept outside the journal.
    package var secretDigest: @Sendable (String) async throws -> String
    /// Fingerprints of the host keys that are recorded for a node, asked once it was connected to.
    package var hostKeys: @Sendable (Node) async -> [String]
    /// Which nodes are out of service according to the scheduler, or nil where there is none to ask.
    package var outOfService: (@Sendable () async -> SchedulerAnswer)?
    /// Remembers across runs that a rung of an `escalate` step was tried.
    package var remember: (@Sendable (EscalationAttempt) async throws -> Void)?
    /// How long waves of earlier runs of the runbook took, the newest first.
    package var pastWaves: (@Sendable () async -> [WaveRecord])?
    /// Whether a process carries a run of this journal out; nil where the journal does not know the run.
    package var isCarriedOut: @Sendable (RunID) async -> Bool? = { _ in nil }
    /// Sees each event once it is durable.
    package var observe: @Sendable (RecordedEvent) -> Void

    package init(
        connector: any NodeConnector, controller: any NodeConnector, log: any RunLog, clock: any EngineClock,
        gates: any RunGates, compiler: any StepCompiling,
        secrets: @escaping @Sendable (String) async throws -> SecretBytes,
        secretDigest: @escaping @Sendable (String) async throws -> String,
        hostKeys: @escaping @Sendable (Node) async -> [String] = { _ in [] },
        outOfService: (@Sendable () async -> SchedulerAnswer)? = nil,
        remember: (@Sendable (EscalationAttempt) async throws -> Void)? = nil,
        observe: @escaping @Sendable (RecordedEvent) -> Void = { _ in }
    ) {
        self.connector = connector
        self.controller = controller
        self.log = log
        self.clock = clock
        self.gates = gates
        self.compiler = compiler
        self.secrets = secrets
        self.secretDigest = secretDigest
        self.hostKeys = hostKeys
        self.outOfService = outOfService
        self.remember = remember
        self.observe = observe
    }
}
