/// Something that went wrong on a node, and what is done about it.
package struct NodeFailure: Sendable, Hashable, Codable {
    /// What is done about it.
    package enum Response: String, Sendable, Hashable, Codable, CaseIterable {
        /// Its steps are undone.
        case rollback
        /// It is left as it is.
        case stop
        /// It goes on with the next step and ends `failed`.
        case `continue`
        /// It is held for `resume` or `rollback`.
        case ask
        /// It is left as it is and ends `unknown`: nobody can tell whether a step ran.
        case settle
        /// It is left as it is because the run was cancelled.
        case cancel
        /// Its steps are undone because its window closed.
        case windowClosed = "window_closed"
    }

    package var response: Response
    /// One sentence: what went wrong.
    package var text: String
    package var hint: String?
    package var step: String?
    package var invocation: InvocationID?
    /// The node could not be reached any more.
    package var isUnreachable: Bool
    /// The run that holds the node, where another one does.
    package var holder: String?

    package init(
        _ response: Response, text: String, hint: String? = nil, step: String? = nil, invocation: InvocationID? = nil,
        isUnreachable: Bool = false, holder: String? = nil
    ) {
        self.response = response
        self.text = text
        self.hint = hint
        self.step = step
        self.invocation = invocation
        self.isUnreachable = isUnreachable
        self.holder = holder
    }
}

/// What the runbook's `verify` says of a node.
package struct Verification: Sendable, Hashable, Codable {
    package enum Result: String, Sendable, Hashable, Codable, CaseIterable {
        case holds, broken
        /// What was found is mended, and something shows that detect could not see before.
        case behind
        case inconclusive
    }

    package var result: Result
    /// Which probe does not hold, and what it said.
    package var text: String
    /// Asked again on a finished wave, after its soak.
    package var isSoak: Bool

    package init(_ result: Result, text: String = "", isSoak: Bool = false) {
        self.result = result
        self.text = text
        self.isSoak = isSoak
    }

    /// Whether what was found before is put right, whatever else shows.
    package var isMended: Bool { result == .holds || result == .behind }
}
