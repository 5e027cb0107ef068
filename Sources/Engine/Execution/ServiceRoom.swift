import Model

/// Which nodes are out of service, and whether one more may be: the limits of a runbook's blast radius.
struct ServiceRoom: Sendable {
    /// By label and value, the most nodes out of service.
    private let limits: [String: [String: Int]]
    private let labels: [String: [String: String]]
    private(set) var out: Set<String>

    /// `out` are nodes out of service already, by anyone; `nodes` all of the inventory.
    init(limits: [String: [String: Int]], nodes: some Sequence<Node>, out: Set<String>) {
        self.limits = limits
        labels = Dictionary(nodes.map { ($0.name, $0.labels) }, uniquingKeysWith: { first, _ in first })
        self.out = out
    }

    /// Whether work may begin on `name`. A node out of service already takes no further room.
    func fits(_ name: String) -> Bool { out.contains(name) || blocking(name) == nil }

    /// The label and value whose limit `name` would exceed.
    func blocking(_ name: String) -> (label: String, value: String, limit: Int)? {
        for (label, byValue) in limits.sorted(by: { $0.key < $1.key }) {
            guard let value = labels[name]?[label], let limit = byValue[value] else { continue }
            let taken = out.count { $0 != name && labels[$0]?[label] == value }
            if taken >= limit { return (label, value, limit) }
        }
        return nil
    }

    mutating func enter(_ name: String) { out.insert(name) }

    /// Takes in how work on `name` ended: a node that is not well stays out of service, unless nothing was done to it.
    mutating func leave(_ name: String, _ outcome: OutcomeClass, wasOut: Bool) {
        switch outcome {
        case .healthy, .remediated, .advised: out.remove(name)
        case .skipped, .notStarted, .broken, .inconclusive: if !wasOut { out.remove(name) }
        case .failed, .rolledBack, .rollbackFailed, .unreachable, .cancelled, .unknown: break
        }
    }

    /// Takes in what the scheduler says now.
    mutating func refresh(_ names: Set<String>, working: Set<String>) { out = names.union(out.intersection(working)) }
}
