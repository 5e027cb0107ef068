/// Where the audit chain ends: what is anchored outside of the database.
package struct AuditHead: Sendable, Hashable, Codable {
    /// The database's random identity.
    package var database: String
    package var sequence: Int
    /// In hexadecimal.
    package var hash: String

    package init(database: String, sequence: Int, hash: String) {
        self.database = database
        self.sequence = sequence
        self.hash = hash
    }
}

/// What checking the audit chain found.
package struct AuditVerification: Sendable, Hashable, Codable {
    /// The first place where the chain is broken.
    package struct Fault: Sendable, Hashable, Codable {
        package enum Kind: String, Sendable, Hashable, Codable {
            /// A record's bytes do not have the hash that is stored with it.
            case altered
            /// A record's columns do not say what its bytes say.
            case columns
            /// A record does not follow the one before: one was altered and hashed anew, moved, copied or inserted.
            case broken
            /// Records are missing.
            case missing
            /// Records are missing at the end.
            case truncated
            /// A run's events are not those that the record covers.
            case events
            /// A run has events that no record covers.
            case uncovered
            /// The chain does not hold what was anchored outside: it was rewritten or rolled back.
            case anchor
        }

        package var kind: Kind
        /// The first record that is wrong or missing.
        package var sequence: Int
        /// A sentence for a person.
        package var message: String

        package init(kind: Kind, sequence: Int, message: String) {
            self.kind = kind
            self.sequence = sequence
            self.message = message
        }
    }

    /// Records that were read.
    package var records: Int
    /// Nil for an empty chain.
    package var head: AuditHead?
    package var fault: Fault?
    /// Anchors that the chain was held against. Without any, a chain rewritten as a whole cannot be told from a true one.
    package var anchors: Int

    /// Whether nothing wrong was found.
    package var isIntact: Bool { fault == nil }

    package init(records: Int, head: AuditHead?, fault: Fault?, anchors: Int) {
        self.records = records
        self.head = head
        self.fault = fault
        self.anchors = anchors
    }
}
