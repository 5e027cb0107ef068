/// How a run spreads over its nodes.
package struct Strategy: Sendable, Hashable {
    package enum Order: String, Sendable, Hashable, Codable, CaseIterable {
        case nodeFirst = "node_first", stepFirst = "step_first"
    }

    package var order: Order
    /// The first waves.
    package var canary: [Share]
    /// Each further wave; nil: all the rest at once.
    package var batch: Share?
    /// Nodes worked on at one time inside a wave.
    package var concurrency: Int
    /// Never more than so many nodes with one value of a label out of service.
    package var limits: [String: Share]
    /// Failures that are tolerated over the whole run.
    package var maxFailures: Share
    /// Between waves.
    package var soak: Duration
    /// The label over whose values a wave is spread.
    package var spread: String?

    package init(
        order: Order = .nodeFirst, canary: [Share] = [], batch: Share? = nil, concurrency: Int = 64,
        limits: [String: Share] = [:], maxFailures: Share = .count(0), soak: Duration = .zero, spread: String? = nil
    ) {
        self.order = order
        self.canary = canary
        self.batch = batch
        self.concurrency = concurrency
        self.limits = limits
        self.maxFailures = maxFailures
        self.soak = soak
        self.spread = spread
    }
}

/// A number of nodes, or a share of them.
package enum Share: Sendable, Hashable, Codable {
    case count(Int)
    /// 10 % is 10.
    case percent(Double)
}
