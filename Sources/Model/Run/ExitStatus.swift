/// The process exit status that a finished run asks for.
package enum ExitStatus {
    /// By what was asked for and where its nodes ended.
    package static func of(
        _ kind: RunHeader.Kind, counts: [OutcomeClass: Int], isInterrupted: Bool = false
    ) -> Int {
        if isInterrupted { return 130 }
        let good: Set<OutcomeClass> =
            switch kind {
            case .apply: [.healthy, .remediated]
            case .rollback: [.healthy, .rolledBack]
            case .plan: [.healthy, .broken]
            case .diagnose, .exec: [.healthy]
            }
        return counts.allSatisfy { $0.value == 0 || good.contains($0.key) } ? 0 : 1
    }
}
