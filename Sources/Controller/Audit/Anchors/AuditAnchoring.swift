import Foundation
import Model
import Plugins

/// Writes the signed end of the audit chain down outside the database, and holds the chain against it.
package struct AuditAnchoring: Sendable {
    let settings: Settings
    let journal: any JournalStore

    /// How often the chain is anchored while anything happens.
    package static let interval = Duration.seconds(60)

    /// A place that failed is only tried again after this long while nothing else happens.
    private static let patience = 600_000

    package init(_ settings: Settings, journal: any JournalStore) {
        self.settings = settings
        self.journal = journal
    }

    /// Signs the chain's end and writes it to every place of the settings. Does nothing without a place, or where
    /// nothing was recorded since it was last done.
    /// - Returns: what went wrong, for a person. A place that fails holds nothing up; it is recorded.
    @discardableResult
    package func anchor() async -> [String] {
        do {
            let places = try AnchorPlaces.all(settings)
            guard !places.isEmpty, try await isDue(), let head = try await journal.auditHead() else { return [] }
            let checkpoint = try await signed(head)
            try await journal.record(
                AuditEntry(
                    actor: RunService.requester, action: .auditCheckpoint,
                    detail: [
                        "sequence": String(head.sequence), "hash": head.hash, "key": checkpoint.key,
                        "time": String(checkpoint.time), "signature": checkpoint.signature ?? "",
                    ]))
            var problems: [String] = []
            for place in places {
                let problem = await write(checkpoint.line, to: place)
                try await recordAnchoring(of: head, at: place, problem)
                if let problem { problems.append(problem) }
            }
            return problems
        } catch {
            return ["The audit chain could not be anchored: \(OperatorError(error)?.sentence ?? "\(error)")"]
        }
    }

    private func signed(_ head: AuditHead) async throws -> Checkpoint {
        let key = try await ControllerKey(settings)
        var checkpoint = Checkpoint(.checkpoint, head, time: WallClock().wallTime(), key: key.fingerprint)
        checkpoint.signature = SignatureArmor.bare(try await key.sign(checkpoint.statement, for: .checkpoint))
        return checkpoint
    }

    private func write(_ line: String, to place: any AnchorPlace) async -> String? {
        do {
            try await place.append(line)
            return nil
        } catch let error as ToolError {
            return AnchorError(place.name, error.description).description
        } catch {
            return "\(error)"
        }
    }

    private func recordAnchoring(of head: AuditHead, at place: any AnchorPlace, _ problem: String?) async throws {
        try await journal.record(
            AuditEntry(
                actor: RunService.requester, action: .auditAnchored,
                outcome: problem.map { "failed: \(SafeText($0).singleLine)" },
                detail: ["anchor": place.name, "sequence": String(head.sequence)]))
    }

    /// Whether anything but anchoring was recorded since the last checkpoint.
    private func isDue() async throws -> Bool {
        for record in try await journal.auditRecords(AuditFilter(newestFirst: true, limit: 50)) {
            switch record.entry.action {
            case .auditCheckpoint: return false
            case .auditAnchored:
                if record.entry.outcome != nil, WallClock().wallTime() - record.time > Self.patience { return true }
            default: return true
            }
        }
        return true
    }

    /// Whether the chain goes on from the newest anchors.
    /// - Throws: `RequestError` that says which does not hold, and that nothing is changed until a person has accepted.
    package func check() async throws {
        for place in try AnchorPlaces.all(settings) {
            guard let lines = try? await place.lines() else { continue }
            let check = AnchorCheck(lines: lines)
            guard let fault = try await fault(of: check, at: place, signers: nil) else { continue }
            throw RequestError(
                .refused, "The journal can't be trusted, so nothing is changed: \(fault)",
                hint:
                    "See runbook audit verify. Restore the right database, or take this one as it is, which voids all open approvals: runbook audit accept --reason TEXT --key FILE"
            )
        }
    }

    /// Checks the whole chain, and that it holds every anchor.
    ///
    /// `collected` are lines from elsewhere, such as a log server; `signers` is a file of allowed signers, in place of
    /// this controller's own key.
    package func verify(
        collected: (name: String, lines: [String])? = nil, signers: String? = nil
    ) async throws -> AnchoredVerification {
        var heads: [AuditHead] = []
        var found: [AnchoredVerification.Place] = []
        var places: [any AnchorPlace] = try AnchorPlaces.all(settings)
        if let collected { places.append(CollectedAnchor(name: collected.name, collected: collected.lines)) }
        for place in places {
            var state = AnchoredVerification.Place(name: place.name, isIndependent: await place.isIndependent)
            do {
                if let lines = try await place.lines() {
                    let check = AnchorCheck(lines: lines)
                    state.fault = try await fault(of: check, at: place, signers: signers)
                    state.sequence = check.newest?.sequence
                    state.time = check.newest?.time
                    state.note = note(of: check)
                    if state.fault == nil { heads += check.valid.map(\.head) }
                } else {
                    state.note = "it can't be read back from here: give its lines with --anchors FILE"
                }
            } catch {
                state.note = "\(error)"
            }
            found.append(state)
        }
        return AnchoredVerification(chain: try await journal.verifyAudit(against: heads), places: found)
    }

    private func note(of check: AnchorCheck) -> String? {
        var notes: [String] = []
        if let acceptance = check.acceptance {
            notes.append(
                "the chain was accepted as it is at record \(acceptance.sequence) by the key \(acceptance.key): "
                    + (acceptance.reason ?? "no reason given"))
        }
        if check.strangers > 0 { notes.append("\(check.strangers) lines there are no anchors") }
        return notes.isEmpty ? nil : notes.joined(separator: "; ")
    }

    private func fault(
        of check: AnchorCheck, at place: any AnchorPlace, signers: String?
    ) async throws -> String? {
        guard let newest = check.newest else {
            return try await wasAnchored(at: place.name)
                ? "It was anchored at \(place.name), where nothing stands any more." : nil
        }
        guard let head = try await journal.auditHead(), head.database == newest.database else {
            return "What is anchored at \(place.name) is another database, \(newest.database)."
        }
        let record = try await journal.auditRecords(AuditFilter(after: newest.sequence - 1, limit: 1)).first
        guard let record, record.sequence == newest.sequence else {
            return
                "Record \(newest.sequence), which is anchored at \(place.name), is missing: the journal was cut off or put back to an earlier state."
        }
        guard record.hash == newest.hash else {
            return
                "Record \(newest.sequence) is not the one that is anchored at \(place.name): the journal was rewritten."
        }
        return try await signatureFault(of: newest, at: place, signers: signers)
    }

    private func signatureFault(
        of checkpoint: Checkpoint, at place: any AnchorPlace, signers: String?
    ) async throws -> String? {
        let text = "The newest anchor at \(place.name), of record \(checkpoint.sequence), is not signed as it must be"
        if checkpoint.type == .acceptance {
            let signer = try await SSHKeygen().signer(
                of: checkpoint.armored, over: checkpoint.statement, namespace: .acceptance)
            return signer == checkpoint.key ? nil : "\(text): its signature is not good."
        }
        let fault = try await withSigners(signers) { path in
            try await SSHKeygen().fault(
                of: checkpoint.armored, over: checkpoint.statement, signers: path,
                principal: ControllerKey.principal, namespace: .checkpoint)
        }
        return fault.map { "\(text): \($0)." }
    }

    private func withSigners<T>(_ path: String?, _ body: (String) async throws -> T) async throws -> T {
        if let path { return try await body(path) }
        let own = NSTemporaryDirectory() + "/runbook-signers-\(UInt64.random(in: 0 ... .max))"
        try Data(try await ControllerKey(settings).signersLine.utf8).write(
            to: URL(fileURLWithPath: own), options: .withoutOverwriting)
        defer { unlink(own) }
        return try await body(own)
    }

    private func wasAnchored(at name: String) async throws -> Bool {
        try await journal.auditRecords(AuditFilter(action: .auditAnchored, newestFirst: true, limit: 100))
            .contains { $0.entry.detail["anchor"] == name && $0.entry.outcome == nil }
    }

    /// A person takes the chain as it is, with a key of theirs. All approvals that were given before are void.
    /// - Returns: where the chain was accepted.
    package func accept(reason: String, key: String) async throws -> AuditHead {
        let places = try AnchorPlaces.all(settings)
        guard !places.isEmpty else {
            throw RequestError(
                .usage, "No anchors are configured, so there is nothing to accept.",
                hint: "Name places under 'anchors' of runbook.yaml.")
        }
        guard let head = try await journal.auditHead() else { throw RequestError(.refused, "The journal is empty.") }
        let publicPath = key.hasSuffix(".pub") ? key : key + ".pub"
        guard let data = FileManager.default.contents(atPath: publicPath) else {
            throw RequestError(
                .usage, "The public key \(publicPath) can't be read.", hint: "It lies beside the private one.")
        }
        var acceptance = Checkpoint(
            .acceptance, head, time: WallClock().wallTime(),
            key: ControllerKey.fingerprint(of: String(decoding: data, as: UTF8.self)),
            reason: SafeText(reason).singleLine)
        let armored = try await SSHKeygen().sign(acceptance.statement, key: key, namespace: .acceptance)
        acceptance.signature = SignatureArmor.bare(armored)
        for place in places { try await place.append(acceptance.line) }
        try await journal.record(
            AuditEntry(
                actor: RunService.requester, action: .auditAccepted, outcome: acceptance.reason,
                detail: [
                    "sequence": String(head.sequence), "hash": head.hash, "key": acceptance.key,
                    "statement": String(decoding: acceptance.statement, as: UTF8.self), "signature": armored,
                ]))
        return head
    }
}

/// Lines that an auditor has collected from where the program can only write.
private struct CollectedAnchor: AnchorPlace {
    let name: String
    let collected: [String]

    func append(_ line: String) async throws { throw AnchorError(name, "it is a copy") }

    func lines() async throws -> [String]? { collected }

    var isIndependent: Bool { true }
}
