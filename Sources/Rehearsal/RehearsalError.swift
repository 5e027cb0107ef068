/// Why a runbook can't be tested at all. What does not hold of a runbook is a result and no error.
package struct RehearsalError: Error, Sendable, Hashable, CustomStringConvertible {
    package var message: String
    package var hint: String?
    /// What was printed by what failed.
    package var lines: [String]

    package init(_ message: String, hint: String? = nil, lines: [String] = []) {
        self.message = message
        self.hint = hint
        self.lines = lines
    }

    package var description: String {
        ([hint.map { "\(message) \($0)" } ?? message] + lines.map { "  | \($0)" }).joined(separator: "\n")
    }
}
