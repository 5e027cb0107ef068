/// Why the service could not be asked, or would not do something.
package struct RelayError: Error, Sendable, Hashable, CustomStringConvertible {
    package var message: String
    package var hint: String?
    /// The exit status that it asks for.
    package var exitStatus: Int

    package init(_ message: String, hint: String? = nil, exitStatus: Int = 2) {
        self.message = message
        self.hint = hint
        self.exitStatus = exitStatus
    }

    package var description: String { [message, hint].compactMap(\.self).joined(separator: " ") }
}
