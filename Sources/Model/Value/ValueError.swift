/// Why a value does not fit its type or its limits.
package struct ValueError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, without a full stop.
    package var message: String
    /// The mend.
    package var hint: String?

    package init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }

    package var description: String {
        guard let hint else { return message }
        return "\(message) (\(hint))"
    }
}
