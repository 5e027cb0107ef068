import Model
import Synchronization

/// The requester that was read last, since nearly every transaction reads the same one.
final class ActorMemory: Sendable {
    private let last = Mutex<(text: String, actor: Requester)?>(nil)

    /// - Throws: `JournalError` of code `damaged` when `text` is no requester.
    func actor(_ text: String) throws -> Requester {
        try last.withLock { last in
            if let last, last.text == text { return last.actor }
            let actor = try JournalCoding.decode(Requester.self, text)
            last = (text, actor)
            return actor
        }
    }
}
