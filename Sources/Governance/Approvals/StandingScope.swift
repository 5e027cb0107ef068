import Model

/// For which runs a standing approval is: what its giver reads before they sign.
package struct StandingScope: Sendable, Hashable, Codable {
    package var runbook: String
    package var version: Int
    /// SHA-256 in hexadecimal of the runbook's files: see `StandingStatement.source(of:)`.
    package var source: String
    /// Folded.
    package var nodes: String
    package var parameters: [String: StandingStatement.Range]
    /// How many runs.
    package var count: Int

    package init(
        runbook: String, version: Int, source: String, nodes: String,
        parameters: [String: StandingStatement.Range], count: Int
    ) {
        self.runbook = runbook
        self.version = version
        self.source = source
        self.nodes = nodes
        self.parameters = parameters
        self.count = count
    }

    /// SHA-256 in hexadecimal of all of it, by which somebody names what they have read.
    package var digest: String { DigestText.sha256(CanonicalJSON.object(members).bytes) }

    var members: [String: CanonicalJSON] {
        [
            "runbook": .string(runbook), "version": .int(version), "source": .string(source), "nodes": .string(nodes),
            "parameters": .object(parameters.mapValues(\.canonical)), "count": .int(count),
        ]
    }
}
