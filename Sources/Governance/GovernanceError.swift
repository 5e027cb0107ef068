/// Why something under change control is refused or can't be judged.
package struct GovernanceError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// The access file, an approval or a window says no.
        case refused
        /// A statement, a signature or a file is not what it must be.
        case malformed
        /// A signature is not the one of the key, of the person or of the statement.
        case unproven
    }

    package var code: Code
    /// What is wrong, for a person.
    package var message: String
    /// What to do about it.
    package var hint: String?

    package init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    package var description: String { [message, hint].compactMap(\.self).joined(separator: " ") }
}
