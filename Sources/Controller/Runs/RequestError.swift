import Model

/// Why what an operator asked for can't be begun.
package struct RequestError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of refusal it is, by the exit status that it asks for.
    package enum Kind: Int, Sendable, Hashable {
        case refused = 2, waiting = 3, selector = 4, usage = 64, runbook = 65
    }

    package var kind: Kind
    package var message: String
    package var hint: String?

    package init(_ kind: Kind, _ message: String, hint: String? = nil) {
        self.kind = kind
        self.message = message
        self.hint = hint
    }

    package var description: String { hint.map { "\(message) \($0)" } ?? message }
}

extension RequestError {
    /// The number of nodes is not the one that the operator expects.
    static func unexpected(_ expected: Int, _ nodes: NodeSet) -> RequestError {
        RequestError(
            .refused, "\(expected) nodes were expected, and the selector means \(nodes.count): \(nodes.folded).",
            hint: "Nothing was done. Mend the selector or --expect.")
    }
}
