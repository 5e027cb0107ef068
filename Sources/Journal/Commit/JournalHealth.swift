import GRDB
import Model
import Synchronization

/// Whether anything can still be kept. Only ever gets worse: after a failed write nobody knows what the disk holds.
final class JournalHealth: Sendable {
    enum State: Sendable, Hashable {
        case sound
        /// Endings and audit records are kept, out of the reserve; nothing new may begin.
        case full
        /// Nothing is kept any more.
        case failed(reason: String)
    }

    private let current = Mutex(State.sound)
    private let path: String

    init(path: String) { self.path = path }

    var state: State { current.withLock { $0 } }

    /// - Returns: whether this call made it so.
    @discardableResult
    func becameFull() -> Bool {
        current.withLock { state in
            guard state == .sound else { return false }
            state = .full
            return true
        }
    }

    func failed(_ reason: String) {
        current.withLock { state in
            if case .failed = state { return }
            state = .failed(reason: reason)
        }
    }

    /// Throws unless something of that importance may still be kept.
    func check(_ importance: Importance) throws {
        switch state {
        case .sound: return
        case .full:
            if importance == .ordinary { throw fullError }
        case .failed(let reason): throw failedError(reason)
        }
    }

    var fullError: JournalError {
        JournalError(
            .diskFull, "The disk of the journal \(path) is full: nothing more is sent to any node.",
            hint: "Make space on it, then: runbook resume")
    }

    func failedError(_ reason: String) -> JournalError {
        JournalError(
            .failed, "The journal \(path) could not be written (\(reason)): nothing more is sent to any node.",
            hint: "Check the disk, then runbook db check, then runbook resume.")
    }
}

/// What still goes through when the disk is full.
enum Importance: Sendable, Hashable {
    case ordinary
    /// Endings, rollback, and the audit of both.
    case ending
}

extension DatabaseError {
    /// Whether nobody knows what the file holds after this error.
    var isFailure: Bool {
        switch resultCode.primaryResultCode {
        case .SQLITE_IOERR, .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PROTOCOL,
            .SQLITE_NOMEM, .SQLITE_PERM:
            true
        default: false
        }
    }

    var isFull: Bool { resultCode.primaryResultCode == .SQLITE_FULL }

    var isLocked: Bool { [.SQLITE_BUSY, .SQLITE_LOCKED].contains(resultCode.primaryResultCode) }

    /// In words, without the statement and its values.
    var reason: String { message ?? "SQLite error \(extendedResultCode.rawValue)" }
}
