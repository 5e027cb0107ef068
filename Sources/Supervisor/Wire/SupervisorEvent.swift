/// What the supervisor says.
enum SupervisorEvent: Sendable, Hashable {
    /// The shell is there and waits for the session's word.
    case ready
    case hello([String])
    case start(id: String, sandbox: Bool)
    case attach(id: String)
    case data(id: String, stream: Character, offset: Int, bytes: [UInt8])
    case end(id: String, status: String, why: String, standardOutput: Int, standardError: Int)
    case notStarted(id: String)
    case lost(id: String)
    case mismatch(id: String)
    case refused(id: String, why: String)
    case busy(holder: String)
    case leased
    case done(id: String)
    case armed(id: String)
    case disarmed(id: String)
    case fired(id: String)
    case unarmed(id: String)
    case fatal(kind: String, text: String)
}
