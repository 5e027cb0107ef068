import Foundation
import Model

/// What is signed for a standing approval: for which runs of a runbook, how often, until when.
package struct StandingStatement: Sendable, Hashable {
    /// Under which it is signed.
    package static let namespace = "standing@runbook"

    /// Which values of a parameter it is for.
    package struct Range: Sendable, Hashable, Codable {
        package var any: Bool?
        /// As plans show them.
        package var values: [String]?
        /// Whole numbers, inclusive.
        package var min: Int?
        package var max: Int?

        func holds(_ value: String) -> Bool {
            if any == true { return true }
            if let values { return values.contains(value) }
            guard let min, let max, let number = Int(value) else { return false }
            return number >= min && number <= max
        }

        var canonical: CanonicalJSON {
            var members: [String: CanonicalJSON] = [:]
            if let any { members["any"] = .bool(any) }
            if let values { members["values"] = .strings(values) }
            if let min { members["min"] = .int(min) }
            if let max { members["max"] = .int(max) }
            return .object(members)
        }

        /// For a person.
        package var text: String {
            if any == true { return "any" }
            if let values { return values.joined(separator: ",") }
            return "\(min ?? 0)..\(max ?? 0)"
        }
    }

    package var v = 1
    package var type = "standing"
    /// The database's id.
    package var site: String
    package var id: String
    package var scope: StandingScope
    package var approver: String
    package var reason: String
    /// Milliseconds since 1970.
    package var given: Int
    package var expires: Int

    /// - Throws: `GovernanceError` for a text that could pass for something else.
    package init(
        site: String, id: String, scope: StandingScope, approver: String, reason: String, given: Int, expires: Int
    ) throws(GovernanceError) {
        self.site = site
        self.id = id
        self.scope = scope
        self.approver = approver
        self.reason = reason
        self.given = given
        self.expires = expires
        try check()
    }

    /// Reads canonical JSON, and nothing that is not.
    package init(canonical text: String) throws(GovernanceError) {
        guard let statement = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)),
            statement.canonical == text
        else { throw GovernanceError(.malformed, "This is no standing approval in its canonical form.") }
        self = statement
        try check()
    }

    /// RFC 8785: the bytes that are signed.
    package var canonical: String {
        var members: [String: CanonicalJSON] = [
            "v": .int(v), "type": .string(type), "site": .string(site), "id": .string(id),
            "approver": .string(approver), "reason": .string(reason), "given": .int(given), "expires": .int(expires),
        ]
        members.merge(scope.members) { $1 }
        let object = CanonicalJSON.object(members)
        return String(decoding: object.bytes, as: UTF8.self)
    }

    private func check() throws(GovernanceError) {
        for (field, text) in [("runbook", scope.runbook), ("approver", approver), ("reason", reason)] {
            try StatementText.check(text, field: field)
        }
        for (name, range) in scope.parameters {
            for value in range.values ?? [] { try StatementText.check(value, field: name) }
        }
        guard v == 1, type == "standing" else {
            throw GovernanceError(.malformed, "A statement of type '\(type)', version \(v) is no standing approval.")
        }
    }

    /// Why it is not for `plan`; nil where it is.
    package func misfit(_ plan: Plan) -> String? {
        guard plan.runbook == scope.runbook else { return "it is for \(scope.runbook)" }
        guard plan.runbookVersion == scope.version else { return "it is for version \(scope.version)" }
        guard Self.source(of: plan.sources) == scope.source else { return "the runbook's files are others" }
        guard let set = try? NodeSet(parsing: scope.nodes, resolver: nil) else { return "its nodes can't be read" }
        let targets = plan.targets.filter { !$0.predictions.isEmpty }
        let others = NodeSet(names: targets.map(\.name)).subtracting(set)
        guard others.isEmpty else { return "it is not for \(others.folded)" }
        for target in targets {
            for (name, value) in target.parameters.sorted(by: { $0.key < $1.key }) {
                guard scope.parameters[name]?.holds(value) == true else {
                    return "it is not for this value of parameter '\(name)'"
                }
            }
        }
        return nil
    }

    /// One digest for a runbook's files, whose digests are given by path.
    package static func source(of digests: [String: String]) -> String {
        DigestText.sha256(CanonicalJSON.strings(digests).bytes)
    }
}

extension StandingStatement: Decodable {
    private enum Field: String, CodingKey { case v, type, site, id, approver, reason, given, expires }

    /// The scope's members stand beside the others.
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Field.self)
        scope = try StandingScope(from: decoder)
        v = try fields.decode(Int.self, forKey: .v)
        type = try fields.decode(String.self, forKey: .type)
        site = try fields.decode(String.self, forKey: .site)
        id = try fields.decode(String.self, forKey: .id)
        approver = try fields.decode(String.self, forKey: .approver)
        reason = try fields.decode(String.self, forKey: .reason)
        given = try fields.decode(Int.self, forKey: .given)
        expires = try fields.decode(Int.self, forKey: .expires)
    }
}
