import Model

/// What checking the audit chain found, inside the database and against what stands outside of it.
package struct AnchoredVerification: Sendable, Encodable {
    /// What is known of one place.
    package struct Place: Sendable, Encodable {
        package var name: String
        /// The newest record that is anchored there; nil where none is, or where it can't be read back.
        package var sequence: Int?
        /// Milliseconds since 1970.
        package var time: Int?
        /// Whether the database's owner could not rewrite what stands there.
        package var isIndependent: Bool
        /// Why the chain does not fit what stands there; nil if it does.
        package var fault: String?
        /// What else has to be known of it.
        package var note: String?
    }

    /// What the anchors are worth.
    package enum Anchoring: String, Sendable, Encodable {
        /// The database's owner could not have rewritten the chain up to the newest anchor.
        case anchored
        /// Anchors hold, and the database's owner could have rewritten them too.
        case rewritable
        case unanchored
    }

    package var chain: AuditVerification
    package var places: [Place]
    package var anchoring: Anchoring

    init(chain: AuditVerification, places: [Place]) {
        self.chain = chain
        self.places = places
        let held = places.filter { $0.fault == nil && $0.sequence != nil }
        anchoring = held.isEmpty ? .unanchored : held.contains(where: \.isIndependent) ? .anchored : .rewritable
    }

    /// Whether nothing wrong was found.
    package var isIntact: Bool { chain.isIntact && places.allSatisfy { $0.fault == nil } }

    /// How many records nothing outside covers yet.
    package var uncovered: Int {
        chain.records - (places.filter { $0.fault == nil }.compactMap(\.sequence).max() ?? 0)
    }
}
