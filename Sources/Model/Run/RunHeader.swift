/// What a run is: who asked for what, on which nodes.
package struct RunHeader: Sendable, Hashable, Codable {
    package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        case apply, plan, diagnose, exec, rollback

        /// Whether it may change something on a node.
        package var changesNodes: Bool { self != .plan && self != .diagnose }
    }

    package var id: RunID
    package var kind: Kind
    /// The runbook's name; empty for `exec`.
    package var runbook: String
    package var runbookVersion: Int
    /// The folded target set, as it was resolved when the run was made.
    package var targets: NodeSet
    /// The selector as the operator typed it.
    package var selector: String
    /// Parameters as text, secrets as `(secret)`.
    package var parameters: [String: String]
    /// Each target's parameters with which the run goes on or is undone; secrets by their reference. Nil in what older
    /// programs have written.
    package var bound: BoundParameters?
    package var requester: Requester
    /// The run that this one undoes or continues.
    package var parent: RunID?
    /// The program's version.
    package var program: String
    /// What `exec` runs, word by word.
    package var command: [String]
    /// Set where only that evidence is collected which tells causes apart.
    package var skipsEvidence: Bool?

    package init(
        id: RunID, kind: Kind, runbook: String, runbookVersion: Int, targets: NodeSet, selector: String,
        parameters: [String: String], bound: BoundParameters? = nil, requester: Requester,
        parent: RunID? = nil, program: String,
        command: [String] = [], skipsEvidence: Bool? = nil
    ) {
        self.id = id
        self.kind = kind
        self.runbook = runbook
        self.runbookVersion = runbookVersion
        self.targets = targets
        self.selector = selector
        self.parameters = parameters
        self.bound = bound
        self.requester = requester
        self.parent = parent
        self.program = program
        self.command = command
        self.skipsEvidence = skipsEvidence
    }
}

/// Who asked for something.
package struct Requester: Sendable, Hashable, Codable {
    /// The Unix user.
    package var user: String
    package var userID: Int
    /// The login user behind sudo, where there is one.
    package var sudoUser: String?
    /// The controller's host name.
    package var host: String
    /// `SSH_CLIENT`'s address, where the operator came over SSH.
    package var sshClient: String?

    package init(user: String, userID: Int, sudoUser: String?, host: String, sshClient: String?) {
        self.user = user
        self.userID = userID
        self.sudoUser = sudoUser
        self.host = host
        self.sshClient = sshClient
    }
}
