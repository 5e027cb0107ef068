/// All that a controller asks of its journal, whichever database keeps it.
package protocol JournalStore: RunLog, RunHistory, ServiceStore, ApprovalStore, NotificationStore {
    /// Takes over a run whose process is gone or has finished it, so that this process may go on with it. An append
    /// that begins with `resumed` does the same.
    /// - Throws: `JournalError` of code `runBusy` while its process lives, or may live on another host.
    func adopt(run: RunID) async throws

    /// Keeps `events` as `append` does, and in the same transaction the files that the run is made from.
    func append(_ events: [RunEvent], sources: [SourceFile], run: RunID) async throws

    /// Remembers a rung that was tried. Its `time` is the journal's.
    func remember(_ attempt: EscalationAttempt) async throws

    /// Hides these secrets in everything that is kept of `run` from now on, until the run is finished.
    /// The bytes themselves are held in memory only.
    func hide(_ secrets: [SecretBytes], run: RunID)

    /// Keeps an audit record of something that is no event of a run, such as a read.
    func record(_ entry: AuditEntry) async throws

    /// Audit records that `filter` lets through.
    func auditRecords(_ filter: AuditFilter) async throws -> [AuditRecord]

    /// A run's events in the form in which the audit chain covers them, after number `sequence`, at most `limit`; none
    /// once the run was pruned.
    func eventTexts(of run: RunID, after sequence: Int, limit: Int) async throws -> [EventText]

    /// The chain's end, to be anchored outside; nil while it is empty.
    func auditHead() async throws -> AuditHead?

    /// Checks every record, and the events that they cover, and that the chain holds every one of `anchors`.
    func verifyAudit(against anchors: [AuditHead]) async throws -> AuditVerification

    /// Checks the file and the chain. Audited.
    func check() async throws -> JournalCheck

    /// Writes a consistent copy to a new file that only its owner can read. Audited.
    func backup(to path: String) async throws

    /// Gives unused space back to the file system. Audited.
    func vacuum() async throws

    /// Removes events, outputs and captured states of runs that ended before `time` (milliseconds since 1970).
    /// Headers, outcomes, attempts and the audit chain stay. Audited.
    /// - Returns: the runs that were pruned.
    func prune(endedBefore time: Int) async throws -> [RunID]

    /// Takes a run and its leases away from a process of another machine or container, of which only a person can know
    /// that it is gone, so that the run can be gone on with here. Audited.
    /// - Throws: `JournalError` of code `runBusy` where the process lives on this machine, `misuse` where no process has
    ///   the run.
    func disown(run: RunID, reason: String) async throws

    /// Ends all connections once everything that was handed over is durable.
    func close() async throws
}

/// What checking a journal found.
package struct JournalCheck: Sendable, Hashable, Codable {
    /// What the database says of its own structure; empty when it is sound.
    package var problems: [String]
    package var audit: AuditVerification

    /// Whether nothing wrong was found.
    package var isSound: Bool { problems.isEmpty && audit.isIntact }

    package init(problems: [String], audit: AuditVerification) {
        self.problems = problems
        self.audit = audit
    }
}

/// An event as it is stored: what the digest of a `run.events` record is made of.
package struct EventText: Sendable, Hashable {
    /// Its number in the run, from 1.
    package var sequence: Int
    /// Milliseconds since 1970.
    package var time: Int
    package var type: String
    /// JSON.
    package var body: String

    package init(sequence: Int, time: Int, type: String, body: String) {
        self.sequence = sequence
        self.time = time
        self.type = type
        self.body = body
    }

    /// `SEQUENCE TIME TYPE BODY`, without a newline: the digest is that of these lines, each ended by one.
    package var line: String { "\(sequence) \(time) \(type) \(body)" }
}
