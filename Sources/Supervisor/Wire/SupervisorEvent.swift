import Model

/// What a supervisor says. All but the greeting and `fatal` answer the oldest frame that has no end yet.
enum SupervisorEvent: Sendable, Hashable {
    case hello(NodeIdentity)
    /// sudo let us in; the supervisor's text may come. Whether sudo stands between us and the supervisor, which it does
    /// where it records what goes in.
    case ready(isRecorded: Bool)
    /// The script has started; the most bytes of output that it is allowed, 0 where that is as asked.
    case started(outputLimit: Int)
    /// It had been started before.
    case attached
    case output(OutputChunk)
    /// A script goes on and has nothing new to show.
    case alive
    /// It ended; the status is nil where there is none.
    case ended(status: Int32?, why: Ending, isSandboxed: Bool)
    /// Nothing was started, and by this name nothing will be; the reason is a word.
    case notStarted(reason: String)
    /// The id is claimed for another script, target or machine.
    case mismatch
    /// Another run holds the node.
    case busy(holder: String)
    case done
    /// The armed undo has fired.
    case fired
    /// There is no such thing.
    case nothing
    /// The supervisor can't go on; the reason is a word.
    case fatal(reason: String)

    /// Why a script ended.
    enum Ending: String, Sendable, Hashable {
        case byItself = "-"
        case timeout, cancel, limit, never, lost
    }

    /// Whether no more follows to its frame.
    var isLast: Bool {
        switch self {
        case .ended, .notStarted, .mismatch, .busy, .done, .fired, .nothing: true
        case .hello, .ready, .started, .attached, .output, .alive, .fatal: false
        }
    }
}
