/// Why something could not be kept in, or read from, the journal.
package struct JournalError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, as far as callers tell it apart.
    package enum Code: Sendable, Hashable, Codable {
        /// Another run holds the node.
        case nodeBusy(holder: RunID)
        /// Another process carries the run out.
        case runBusy
        /// No run has this id or prefix.
        case noSuchRun
        /// Several runs begin with this prefix.
        case ambiguousRun(candidates: [RunID])
        /// The disk is full: nothing new may be sent, endings are still kept.
        case diskFull
        /// Reading or writing the file failed, and nothing can be kept any more by this process.
        case failed
        /// Another process kept the database locked for too long.
        case locked
        /// The file is damaged, or it is not a journal.
        case damaged
        /// A newer program wrote the database.
        case newerDatabase
        /// The database lies on a network file system.
        case networkFileSystem
        /// The file or its folder cannot be used by this user, or can be by others.
        case permissions
        /// A piece of output does not follow what is stored of its stream.
        case outputGap
        /// What may be used once, or so many times, was.
        case alreadyUsed
        /// What the caller asked for makes no sense, such as an event before `runStarted`.
        case misuse
    }

    /// What went wrong.
    package var code: Code
    /// One sentence for a person; never holds a secret.
    package var message: String
    /// What to do next, if there is something.
    package var hint: String?

    /// Creates an error.
    package init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    package var description: String { hint.map { "\(message) \($0)" } ?? message }
}
