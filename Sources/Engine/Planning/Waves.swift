import Model

/// Divides the broken targets into waves.
struct Waves: Sendable, Hashable {
    /// Names, wave by wave; no wave is empty.
    private(set) var waves: [[String]] = []
    /// How many of them are canaries.
    private(set) var canaries = 0

    /// `broken` in target order. Percentages are of their number.
    init(_ broken: [Node], strategy: Strategy) {
        var rest = Self.spread(broken, over: strategy.spread).map(\.name)[...]
        func take(_ share: Share?) -> [String] {
            let size = share?.waveSize(of: broken.count) ?? rest.count
            defer { rest = rest.dropFirst(size) }
            return Array(rest.prefix(size))
        }
        for share in strategy.canary where !rest.isEmpty {
            waves.append(take(share))
            canaries += 1
        }
        while !rest.isEmpty { waves.append(take(strategy.batch)) }
    }

    /// `nodes` so that those with the same value of `label` are as far from each other as can be.
    static func spread(_ nodes: [Node], over label: String?) -> [Node] {
        guard let label else { return nodes }
        var order: [String] = []
        var byValue: [String: [Node]] = [:]
        for node in nodes {
            let value = node.labels[label] ?? ""
            if byValue[value] == nil { order.append(value) }
            byValue[value, default: []].append(node)
        }
        // A node at rank r of n with its value is placed at the fraction (r + ½) ∕ n of the whole.
        var placed: [(place: Double, order: Int, node: Node)] = []
        for (index, value) in order.enumerated() {
            let same = byValue[value] ?? []
            for (rank, node) in same.enumerated() {
                placed.append(((Double(rank) + 0.5) / Double(same.count), index, node))
            }
        }
        return placed.sorted { ($0.place, $0.order) < ($1.place, $1.order) }.map(\.node)
    }
}
