/// The values of a runbook's parameters on each target, once what is the same on all of them.
package struct BoundParameters: Sendable, Hashable, Codable {
    /// The same on every target.
    package var common: [String: Value]
    /// What differs, by target.
    package var byNode: [String: [String: Value]]

    package init(common: [String: Value] = [:], byNode: [String: [String: Value]] = [:]) {
        self.common = common
        self.byNode = byNode
    }

    /// From each target's values.
    package init(_ values: [String: [String: Value]]) {
        var common = values.values.first ?? [:]
        for other in values.values { common = common.filter { other[$0.key] == $0.value } }
        self.common = common
        byNode = values.mapValues { $0.filter { common[$0.key] == nil } }.filter { !$0.value.isEmpty }
    }

    /// All values on `node`.
    package func values(on node: String) -> [String: Value] {
        common.merging(byNode[node] ?? [:]) { _, own in own }
    }
}
