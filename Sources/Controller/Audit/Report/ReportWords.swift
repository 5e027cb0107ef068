import Model

/// The words and colours of a report.
enum ReportWords {
    /// What an outcome means to somebody who does not know the program.
    static func meaning(_ outcome: OutcomeClass) -> String {
        switch outcome {
        case .healthy: "healthy, nothing to do"
        case .remediated: "put right and verified"
        case .advised: "broken; a person was advised"
        case .broken: "found broken; nothing was changed"
        case .failed: "failed, not undone"
        case .rolledBack: "failed and undone"
        case .rollbackFailed: "failed, and could not be undone"
        case .unreachable: "could not be reached"
        case .inconclusive: "could not be judged"
        case .skipped: "passed over"
        case .notStarted: "not begun"
        case .cancelled: "stopped after its first change"
        case .unknown: "unknown: nobody can tell whether a step ran"
        }
    }

    static func pill(_ outcome: OutcomeClass) -> Markup {
        let text = Markup.text(outcome.rawValue.replacing("_", with: " "))
        return switch outcome {
        case .healthy, .remediated: .element("span", style: "pill good", text)
        case .failed, .rollbackFailed, .unknown, .unreachable: .element("span", style: "pill bad", text)
        case .rolledBack, .inconclusive, .advised, .broken, .cancelled: .element("span", style: "pill warn", text)
        case .skipped, .notStarted: .element("span", style: "pill plain", text)
        }
    }

    static func pill(_ status: StepEnding.Status?) -> Markup {
        guard let status else { return .element("span", style: "pill warn", .text("no ending on record")) }
        let text = Markup.text(status.rawValue)
        return switch status {
        case .changed: .element("span", style: "pill good", text)
        case .unchanged, .skipped: .element("span", style: "pill plain", text)
        case .failed: .element("span", style: "pill bad", text)
        case .unknown: .element("span", style: "pill warn", text)
        }
    }

    static func nodes(_ set: NodeSet) -> Markup {
        .all([
            .element("span", style: "nodes", .text(set.folded)),
            .element("span", style: "soft", .text(set.count > 1 ? " (\(set.count) nodes)" : "")),
        ])
    }

    static func person(_ requester: Requester) -> String {
        var text = "\(requester.user) on \(requester.host)"
        if let sudo = requester.sudoUser { text += ", logged in as \(sudo)" }
        if let client = requester.sshClient { text += ", from \(client)" }
        return text
    }

    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    static func duration(_ milliseconds: Int) -> String {
        let seconds = milliseconds / 1000
        if seconds < 1 { return "less than a second" }
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
        return "\(seconds / 3600) h \(seconds / 60 % 60) min"
    }

    /// A line of the time-line, in words.
    static func happening(_ record: AuditRecord) -> String {
        let entry = record.entry
        let detail = entry.detail
        func with(_ text: String, _ parts: String?...) -> String {
            ([text] + parts.compactMap { $0 }.filter { !$0.isEmpty }).joined(separator: ": ")
        }
        return switch entry.action {
        case .runStarted: "asked for \(detail["kind"] ?? "a run") on \(entry.nodes ?? "")"
        case .runConfirmed: "confirmed the plan"
        case .runAdopted: "took the run over"
        case .runResumed: "went on with the run"
        case .runStopping: with("the run came to a halt", entry.outcome)
        case .runFinished: with("the run ended", entry.outcome, detail["stop_reason"])
        case .approvalGiven: with("approved \(gate(detail))", detail["reason"])
        case .approvalDenied: with("denied \(gate(detail))", detail["reason"])
        case .approvalUsed: with("the approvals of \(gate(detail)) were used", detail["approvers"])
        case .standingGiven: with("gave a standing approval", detail["reason"])
        case .standingUsed: "a standing approval was used"
        case .standingRevoked: with("revoked a standing approval", detail["reason"])
        case .breakGlassUsed: with("BROKE THE GLASS: went on without approval", detail["reason"])
        case .accessRefused: with("was refused", detail["action"], detail["why"])
        case .windowEntered: with("the change window was open", detail["calendar"])
        case .windowRefused: with("the change window was closed", detail["calendar"])
        case .windowClosing: with("the change window was about to close", detail["calendar"])
        case .windowClosed: with("the change window closed", detail["calendar"])
        case .scheduleStarted: with("started by the schedule", detail["job"])
        case .leaseTakenOver: with("took a node over from another run", entry.nodes)
        case .hostKeysUnchecked: "host keys were not checked"
        default: with(entry.action.rawValue, entry.outcome)
        }
    }

    private static func gate(_ detail: [String: String]) -> String {
        guard let gate = detail["gate"], gate != "start" else { return "the plan" }
        return "step '\(gate)'"
    }
}
