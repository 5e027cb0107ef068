/// What must hold of a fault, in the order in which it is tried.
package enum ProtocolStep: String, Sendable, Hashable, Codable, CaseIterable {
    /// A node without the fault is found healthy, and the independent proof agrees.
    case healthy
    /// Injecting it changes something that is watched, and the independent proof sees it.
    case injected
    /// Detect finds these causes and no other.
    case detected
    /// The dry run changes nothing.
    case dryRun = "dry_run"
    /// Without a confirmation nothing is changed.
    case unconfirmed
    /// Apply mends it as the dry run said, and the independent proof agrees. Or it gives advice and changes nothing.
    case applied
    /// A second apply changes nothing.
    case repeated
    /// Rollback restores what was there before the apply, and names what it can't.
    case rolledBack = "rolled_back"
    /// A controller that is killed between two steps is resumed, or its run rolled back.
    case killed
    /// The remedy of another cause does not help, and is taken back.
    case wrongRemedy = "wrong_remedy"
    /// Without its tools detect can't tell, and nothing is changed.
    case blind

    /// In a word or two, for a table's head.
    package var heading: String {
        switch self {
        case .healthy: "healthy"
        case .injected: "inject"
        case .detected: "detect"
        case .dryRun: "dry run"
        case .unconfirmed: "unasked"
        case .applied: "apply"
        case .repeated: "again"
        case .rolledBack: "undo"
        case .killed: "kill -9"
        case .wrongRemedy: "wrong"
        case .blind: "blind"
        }
    }
}

/// What became of one step of the protocol.
package struct CheckResult: Sendable, Hashable, Codable {
    package enum Status: String, Sendable, Hashable, Codable {
        case held, broken
        /// It does not apply to this fault, or was not asked for.
        case skipped
        /// An earlier step did not hold.
        case notReached = "not_reached"
    }

    package var step: ProtocolStep
    package var status: Status
    /// What did not hold, or why it was skipped.
    package var text: String
    /// What shows it: differences, outputs.
    package var evidence: [String]
    package var milliseconds: Int

    package init(
        _ step: ProtocolStep, _ status: Status, text: String = "", evidence: [String] = [], milliseconds: Int = 0
    ) {
        self.step = step
        self.status = status
        self.text = text
        self.evidence = evidence
        self.milliseconds = milliseconds
    }
}

/// What became of one fault.
package struct FaultReport: Sendable, Hashable, Codable {
    package var runbook: String
    package var fault: String
    package var checks: [CheckResult]
    package var standIns: [String]
    package var milliseconds: Int
    /// Whether it was tried once more, by itself.
    package var isSecond = false

    package init(runbook: String, fault: String, checks: [CheckResult], standIns: [String], milliseconds: Int) {
        self.runbook = runbook
        self.fault = fault
        self.checks = checks
        self.standIns = standIns
        self.milliseconds = milliseconds
    }

    /// Whether everything held that was tried, and something was.
    package var held: Bool {
        checks.contains { $0.status == .held } && checks.allSatisfy { $0.status == .held || $0.status == .skipped }
    }
}

/// Something that happened while faults are tried.
package enum RehearsalEvent: Sendable {
    case nodesStarting(runbook: String, nodes: String)
    case checked(runbook: String, fault: String, CheckResult)
    case ended(FaultReport)
    /// A runbook's faults can't be tried: why.
    case failed(runbook: String, String)
    /// The nodes stay up, as was asked for.
    case kept(runbook: String, lab: String, folder: String)
}
