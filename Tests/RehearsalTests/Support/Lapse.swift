import Rehearsal

/// What a program, its runbook or the author of a fault may do wrong.
enum Lapse: String, Sendable, CaseIterable {
    case findsAFaultInHealth, proofFailsInHealth
    case injectsNothing
    case findsAnotherCause
    case dryRunChanges, dryRunWritesWhatNobodyWatches
    case isNotRefused, changesBeforeItAsks
    case claimsToHaveMended, endsOtherwise, predictsOtherwise, predictsNothing
    case changesTheSecondTime
    case rollbackLeavesAPath, rollbackFails
    case doesNotResume, startsAStepTwice, leavesAPathOfAKilledRun, spoilsTheDatabase
    case wrongRemedyHelps, wrongRemedyHelpsUnseen, wrongRemedyStays
    case blindPassesForHealthy, blindChanges, nothingToTakeAway
    // With a step that can't be undone.
    case rollbackIsSilent, rollbackLeavesAPathBesides, rollbackRestoresWhatIsDeclared
    // With another cause's remedy that can't be undone.
    case wrongRemedyIsSilent
    // Where there is only advice.
    case advisesNothing, advisesWithoutEvidence, adviceChanges
    // Where there is advice beside a mend.
    case forgetsWhatStands
    // Where something shows once the fault is mended.
    case findsAnotherBehind, callsWellWhatShowsBehind, saysNothingOfWhatShows

    /// The step of the protocol that sees it.
    var step: ProtocolStep {
        switch self {
        case .findsAFaultInHealth, .proofFailsInHealth: .healthy
        case .injectsNothing: .injected
        case .findsAnotherCause: .detected
        case .dryRunChanges, .dryRunWritesWhatNobodyWatches: .dryRun
        case .isNotRefused, .changesBeforeItAsks: .unconfirmed
        case .claimsToHaveMended, .endsOtherwise, .predictsOtherwise, .predictsNothing: .applied
        case .advisesNothing, .advisesWithoutEvidence, .adviceChanges: .applied
        case .callsWellWhatShowsBehind, .saysNothingOfWhatShows: .applied
        case .changesTheSecondTime, .forgetsWhatStands, .findsAnotherBehind: .repeated
        case .rollbackLeavesAPath, .rollbackFails: .rolledBack
        case .rollbackIsSilent, .rollbackLeavesAPathBesides, .rollbackRestoresWhatIsDeclared: .rolledBack
        case .doesNotResume, .startsAStepTwice, .leavesAPathOfAKilledRun, .spoilsTheDatabase: .killed
        case .wrongRemedyHelps, .wrongRemedyHelpsUnseen, .wrongRemedyStays, .wrongRemedyIsSilent: .wrongRemedy
        case .blindPassesForHealthy, .blindChanges, .nothingToTakeAway: .blind
        }
    }

    /// What is shown of it.
    var sign: String {
        switch self {
        case .findsAFaultInHealth: "detect says broken of node01"
        case .proofFailsInHealth, .claimsToHaveMended: "exit status 1 on node01"
        case .injectsNothing: "the independent proof holds in spite of the fault"
        case .findsAnotherCause: "detect finds broken, other on node01, and should find broken"
        case .dryRunChanges, .changesBeforeItAsks, .changesTheSecondTime, .blindChanges, .adviceChanges:
            "node01 path:/var/lib/thing/trace: not there → 1"
        case .dryRunWritesWhatNobodyWatches: "node01 /root/note"
        case .isNotRefused: "without a confirmation it was not refused"
        case .endsOtherwise: "node01 ends failed and not remediated"
        case .predictsOtherwise: "step 'mend it' on node01: predicted no_change, was changed"
        case .predictsNothing: "step 'mend it' on node01: predicted skipped, was changed"
        case .rollbackLeavesAPath, .rollbackLeavesAPathBesides, .leavesAPathOfAKilledRun:
            "node01 path:/var/lib/thing/left: not there → 1"
        case .rollbackFails: "the rollback of node01 ends rollback_failed"
        case .rollbackIsSilent: "renew the token"
        case .wrongRemedyIsSilent: "another remedy"
        case .rollbackRestoresWhatIsDeclared: "path:/var/lib/thing/token"
        case .doesNotResume: "killed after 'mend it' and resumed, node01 ends failed"
        case .startsAStepTwice: "'mend it' was started 2 times on node01"
        case .spoilsTheDatabase: "row 7 is missing"
        case .wrongRemedyHelps: "with the remedy of 'other' node01 ends remediated"
        case .wrongRemedyHelpsUnseen: "the remedy of 'other' mends it, says the independent proof"
        case .wrongRemedyStays: "node01 path:/var/lib/thing/other: not there → 1"
        case .blindPassesForHealthy: "without thing node01 ends healthy"
        case .nothingToTakeAway: "there is no command thing that could be taken away"
        case .advisesNothing: "node01 got no advice"
        case .forgetsWhatStands: "the second time node01 ends healthy"
        case .findsAnotherBehind: "detect finds other on node01, and should find hopeless"
        case .callsWellWhatShowsBehind: "node01 ends remediated and not failed"
        case .saysNothingOfWhatShows: "node01 does not say that something shows behind what was mended"
        case .advisesWithoutEvidence: "the advice 'Buy a new one' rests on no evidence"
        }
    }

    /// With what it is played.
    var scene: Scene {
        switch self {
        case .rollbackIsSilent, .rollbackLeavesAPathBesides, .rollbackRestoresWhatIsDeclared: .irreversible
        case .wrongRemedyIsSilent: .irreversibleElsewhere
        case .advisesNothing, .advisesWithoutEvidence, .adviceChanges: .advised
        case .forgetsWhatStands: .partlyAdvised
        case .findsAnotherBehind, .callsWellWhatShowsBehind, .saysNothingOfWhatShows: .covering
        default: .reversible
        }
    }
}

/// What a runbook makes of its fault.
enum Scene: String, Sendable, CaseIterable {
    /// Every step can be undone.
    case reversible
    /// One can't, and the fault says what it leaves.
    case irreversible
    /// One can't that is for another cause.
    case irreversibleElsewhere
    /// Only a person can mend it.
    case advised
    /// Only a person can mend one of its causes; the runbook mends the other.
    case partlyAdvised
    /// Behind it shows what only a person can mend.
    case covering

    /// The fault that is played.
    var fault: String {
        switch self {
        case .advised: "hopeless"
        case .partlyAdvised: "partly"
        case .covering: "covering"
        default: "broken"
        }
    }
}
