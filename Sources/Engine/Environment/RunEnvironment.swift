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
    /// A secret's bytes, by its reference.
    package var secrets: @Sendable (String) async throws -> SecretBytes
    /// An HMAC of a secret's bytes, in hexadecimal, under a key that is kept outside the journal.
    package var secretDigest: @Sendable (String) async throws -> String
    /// Which nodes are out of service according to the scheduler, or nil where there is none to ask.
    package var outOfService: (@Sendable () async -> Set<String>?)?
    /// Sees each event once it is durable.
    package var observe: @Sendable (RecordedEvent) -> Void

    package init(
        connector: any NodeConnector, controller: any NodeConnector, log: any RunLog, clock: any EngineClock,
        gates: any RunGates, secrets: @escaping @Sendable (String) async throws -> SecretBytes,
        secretDigest: @escaping @Sendable (String) async throws -> String,
        outOfService: (@Sendable () async -> Set<String>?)? = nil,
        observe: @escaping @Sendable (RecordedEvent) -> Void = { _ in }
    ) {
        self.connector = connector
        self.controller = controller
        self.log = log
        self.clock = clock
        self.gates = gates
        self.secrets = secrets
        self.secretDigest = secretDigest
        self.outOfService = outOfService
        self.observe = observe
    }
}
