import Model

/// How many nodes of the whole run failed, and whether that stops it.
struct FailureBudget: Sendable, Hashable {
    /// The N of "stops at the Nth failure".
    let stopsAt: Int
    private(set) var failed: Set<String> = []
    private(set) var canaryFailed: String?

    init(stopsAt: Int) { self.stopsAt = stopsAt }

    mutating func note(_ name: String, _ outcome: OutcomeClass, isCanary: Bool) {
        guard outcome.countsAsFailure else {
            failed.remove(name)
            return
        }
        failed.insert(name)
        if isCanary && canaryFailed == nil { canaryFailed = name }
    }

    /// Why no further node is started; nil while it goes on.
    var stopReason: String? {
        if let canaryFailed { return "\(canaryFailed) of a canary wave did not end well." }
        if failed.count >= stopsAt {
            let tolerated = stopsAt - 1
            return
                "\(failed.count) of the run's targets failed or could not be reached, and \(tolerated) \(tolerated == 1 ? "is" : "are") tolerated."
        }
        return nil
    }
}
