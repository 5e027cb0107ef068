/// One link of the audit chain: who did what to what, when, and with what outcome.
package struct AuditRecord: Sendable, Hashable, Codable {
    /// From 1, without gaps.
    package var sequence: Int
    /// Milliseconds since 1970, never less than that of the record before.
    package var time: Int
    package var entry: AuditEntry
    /// SHA-256 of the record before, in hexadecimal; 64 zeros for the first.
    package var previous: String
    /// SHA-256 of `canonical`, in hexadecimal.
    package var hash: String
    /// The bytes that are hashed: canonical JSON (RFC 8785) of all the above but `hash`.
    package var canonical: String

    package init(sequence: Int, time: Int, entry: AuditEntry, previous: String, hash: String, canonical: String) {
        self.sequence = sequence
        self.time = time
        self.entry = entry
        self.previous = previous
        self.hash = hash
        self.canonical = canonical
    }
}

/// What an audit record says.
package struct AuditEntry: Sendable, Hashable, Codable {
    package var actor: Requester
    package var action: AuditAction
    package var run: RunID?
    /// The folded set of nodes that it is about.
    package var nodes: String?
    package var planDigest: String?
    /// In a word or a sentence.
    package var outcome: String?
    /// What else belongs to the action, by name. Never secrets.
    package var detail: [String: String]

    package init(
        actor: Requester, action: AuditAction, run: RunID? = nil, nodes: String? = nil, planDigest: String? = nil,
        outcome: String? = nil, detail: [String: String] = [:]
    ) {
        self.actor = actor
        self.action = action
        self.run = run
        self.nodes = nodes
        self.planDigest = planDigest
        self.outcome = outcome
        self.detail = detail
    }
}

/// What was done. A struct, so that records of another version of the program can still be read.
package struct AuditAction: RawRepresentable, Sendable, Hashable, Codable {
    package var rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let journalCreated = AuditAction(rawValue: "journal.created")
    package static let journalMigrated = AuditAction(rawValue: "journal.migrated")
    package static let journalChecked = AuditAction(rawValue: "journal.checked")
    package static let journalBackedUp = AuditAction(rawValue: "journal.backed_up")
    package static let journalVacuumed = AuditAction(rawValue: "journal.vacuumed")
    package static let journalPruned = AuditAction(rawValue: "journal.pruned")
    package static let runStarted = AuditAction(rawValue: "run.started")
    package static let runAdopted = AuditAction(rawValue: "run.adopted")
    package static let runDisowned = AuditAction(rawValue: "run.disowned")
    package static let runResumed = AuditAction(rawValue: "run.resumed")
    /// No further node is started.
    package static let runStopping = AuditAction(rawValue: "run.stopping")
    /// Covers every event of one append by number and digest.
    package static let runEvents = AuditAction(rawValue: "run.events")
    package static let runPlanned = AuditAction(rawValue: "run.planned")
    package static let runConfirmed = AuditAction(rawValue: "run.confirmed")
    package static let runFinished = AuditAction(rawValue: "run.finished")
    package static let planStored = AuditAction(rawValue: "plan.stored")
    package static let sourcesStored = AuditAction(rawValue: "sources.stored")
    package static let stepIntended = AuditAction(rawValue: "step.intended")
    package static let stepEnded = AuditAction(rawValue: "step.ended")
    package static let guardArmed = AuditAction(rawValue: "guard.armed")
    package static let guardSettled = AuditAction(rawValue: "guard.settled")
    package static let nodeFinished = AuditAction(rawValue: "node.finished")
    package static let leaseClaimed = AuditAction(rawValue: "lease.claimed")
    package static let leaseTakenOver = AuditAction(rawValue: "lease.taken_over")
    package static let leaseReleased = AuditAction(rawValue: "lease.released")
    package static let escalationTried = AuditAction(rawValue: "escalation.tried")
    package static let outputRead = AuditAction(rawValue: "output.read")
    package static let runShown = AuditAction(rawValue: "run.shown")
    package static let auditExported = AuditAction(rawValue: "audit.exported")
    package static let approvalGiven = AuditAction(rawValue: "approval.given")
    package static let approvalDenied = AuditAction(rawValue: "approval.denied")
    package static let approvalUsed = AuditAction(rawValue: "approval.used")
    package static let standingGiven = AuditAction(rawValue: "standing.given")
    package static let standingUsed = AuditAction(rawValue: "standing.used")
    package static let standingRevoked = AuditAction(rawValue: "standing.revoked")
    package static let breakGlassUsed = AuditAction(rawValue: "break_glass.used")
    package static let accessRefused = AuditAction(rawValue: "access.refused")
    package static let windowEntered = AuditAction(rawValue: "window.entered")
    package static let windowRefused = AuditAction(rawValue: "window.refused")
    package static let windowClosing = AuditAction(rawValue: "window.closing")
    package static let windowClosed = AuditAction(rawValue: "window.closed")
    package static let scheduleStarted = AuditAction(rawValue: "schedule.started")
    package static let scheduleQueued = AuditAction(rawValue: "schedule.queued")
    package static let scheduleMissed = AuditAction(rawValue: "schedule.missed")
    package static let scheduleSkipped = AuditAction(rawValue: "schedule.skipped")
    package static let schedulePaused = AuditAction(rawValue: "schedule.paused")
    package static let scheduleResumed = AuditAction(rawValue: "schedule.resumed")
    package static let scheduleFailed = AuditAction(rawValue: "schedule.failed")
    package static let notificationSent = AuditAction(rawValue: "notification.sent")
    package static let notificationFailed = AuditAction(rawValue: "notification.failed")
    package static let auditCheckpoint = AuditAction(rawValue: "audit.checkpoint")
    package static let auditAnchored = AuditAction(rawValue: "audit.anchored")
    /// A chain that does not hold its anchors was taken as it is, by a person with a signature.
    package static let auditAccepted = AuditAction(rawValue: "audit.accepted")
    package static let hostKeysUnchecked = AuditAction(rawValue: "host_keys.unchecked")
    package static let hostKeyAccepted = AuditAction(rawValue: "host_key.accepted")
    package static let hostKeyForgotten = AuditAction(rawValue: "host_key.forgotten")
}

/// Which audit records to list. What is nil does not restrict.
package struct AuditFilter: Sendable, Hashable {
    package var run: RunID?
    package var user: String?
    package var action: AuditAction?
    /// Milliseconds since 1970, inclusive.
    package var since: Int?
    /// Milliseconds since 1970, exclusive.
    package var until: Int?
    /// Only records after this one.
    package var after: Int
    /// Whether the newest come first.
    package var newestFirst: Bool
    package var limit: Int

    package init(
        run: RunID? = nil, user: String? = nil, action: AuditAction? = nil, since: Int? = nil, until: Int? = nil,
        after: Int = 0, newestFirst: Bool = false, limit: Int = 1000
    ) {
        self.run = run
        self.user = user
        self.action = action
        self.since = since
        self.until = until
        self.after = after
        self.newestFirst = newestFirst
        self.limit = limit
    }
}
