/// Who is who and who may do what, as the inventory's `access` says it.
package struct AccessFile: Sendable, Hashable {
    /// Somebody, with the Unix users and the names in `allowed_signers` that are theirs.
    package struct Person: Sendable, Hashable {
        package var name: String
        /// Names or numbers.
        package var users: [String]
        package var principals: [String]
        package var position: SourcePosition

        package init(name: String, users: [String], principals: [String], position: SourcePosition) {
            self.name = name
            self.users = users
            self.principals = principals
            self.position = position
        }
    }

    package struct Role: Sendable, Hashable {
        package var name: String
        package var persons: [String]
        /// Whether its members' approvals count only where a key on a token was touched.
        package var requiresTouch: Bool
        package var position: SourcePosition

        package init(name: String, persons: [String], requiresTouch: Bool, position: SourcePosition) {
            self.name = name
            self.persons = persons
            self.requiresTouch = requiresTouch
            self.position = position
        }
    }

    package struct Rule: Sendable, Hashable {
        package var allows: Bool
        package var actions: Set<AccessAction>
        /// Persons, `role:NAME`, `user:NAME` or `everyone`.
        package var subjects: [String]
        /// With `*` and `?`; empty: any, and what is about no runbook.
        package var runbooks: [String]
        /// A node-set expression; nil: any, and what is about no nodes.
        package var nodes: String?
        package var position: SourcePosition

        package init(
            allows: Bool, actions: Set<AccessAction>, subjects: [String], runbooks: [String] = [], nodes: String? = nil,
            position: SourcePosition
        ) {
            self.allows = allows
            self.actions = actions
            self.subjects = subjects
            self.runbooks = runbooks
            self.nodes = nodes
            self.position = position
        }
    }

    /// Path of the `allowed_signers` file.
    package var signers: String
    /// Unix users that no person is behind.
    package var services: [String]
    package var persons: [Person]
    package var roles: [Role]
    /// In their order.
    package var rules: [Rule]
    /// SHA-256 in hexadecimal of the file that holds it.
    package var digest: String
    package var position: SourcePosition

    package init(
        signers: String, services: [String], persons: [Person], roles: [Role], rules: [Rule], digest: String,
        position: SourcePosition
    ) {
        self.signers = signers
        self.services = services
        self.persons = persons
        self.roles = roles
        self.rules = rules
        self.digest = digest
        self.position = position
    }
}
