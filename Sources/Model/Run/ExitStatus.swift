/// The process exit status that a finished run asks for.
package enum ExitStatus {
    /// By what was asked for and where its nodes ended. `held` nodes were refused because other runs hold them.
    package static func of(
        _ kind: RunHeader.Kind, counts: [OutcomeClass: Int], held: Int = 0, isInterrupted: Bool = false
    ) -> Int {
        if isInterrupted { return 130 }
        let good: Set<OutcomeClass> =
            switch kind {
            case .apply: [.healthy, .remediated]
            case .rollback: [.healthy, .rolledBack]
            case .plan: [.healthy, .broken]
            case .diagnose, .exec: [.healthy]
            }
        let bad = counts.filter { !good.contains($0.key) }.values.reduce(0, +)
        if bad == 0 { return 0 }
        return bad == held ? 2 : 1
    }
}
