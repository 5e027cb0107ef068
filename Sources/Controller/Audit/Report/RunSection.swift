import Model

/// One run of a report.
struct RunSection: Sendable {
    let report: ChangeReport

    private var state: RunState { report.state }

    /// What the run was about, in a word.
    var name: String {
        guard let header = state.header else { return "run \(report.id.short)" }
        return header.runbook.isEmpty ? "exec" : header.runbook
    }

    /// `31 remediated, 1 rolled back`.
    var counts: String {
        let counts = state.counts
        let words = OutcomeClass.allCases.compactMap { outcome in
            counts[outcome].map { "\($0) \(outcome.rawValue.replacing("_", with: " "))" }
        }
        return words.isEmpty ? "no node has ended" : words.joined(separator: ", ")
    }

    func markup(isAlone: Bool) -> Markup {
        guard let header = state.header else {
            return .element(
                "section", style: isAlone ? "" : "run", id: report.id.description,
                .element("h1", .text("Run \(report.id.short)")),
                .element(
                    "p", .text(report.isPruned ? "Its events were removed after their time." : "Nothing is recorded.")))
        }
        return .element(
            "section", style: isAlone ? "" : "run", id: report.id.description,
            [
                .element("p", style: "kind", .text(header.kind.report)),
                .element("h1", .text(report.title.isEmpty ? name : report.title)),
                report.description.isEmpty ? .none : .element("p", style: "lead", .text(report.description)),
                verdict, asked(header), authority, outcomes, AdviceSection(state).markup, planned, histories, timeline,
            ])
    }

    private var verdict: Markup {
        let targets = ReportWords.count(state.targets.count, "node")
        let time = "\(UTCText.seconds(state.started)) to \(UTCText.seconds(state.updated).suffix(8)) UTC"
        let length = ReportWords.duration(state.updated - state.started)
        let line = Markup.element("span", .text("\(targets), \(time) (\(length))"))
        var reason = Markup.none
        if let text = state.stopReason { reason = .element("p", .text("Stopped before its end: \(text)")) }
        guard let ending = state.ending else {
            return .element(
                "div", style: "verdict warn", .element("b", .text("Not finished. So far: \(counts)")), line, reason)
        }
        guard state.header?.kind.changesNodes == true else {
            let isWell = ending.exitStatus == 0 && state.counts.keys.allSatisfy { $0 == .healthy }
            return .element(
                "div", style: isWell ? "verdict good" : "verdict warn", .element("b", .text("Only looked: \(counts)")),
                line, reason)
        }
        let head = Markup.element("b", .text(ending.exitStatus == 0 ? "Ended well: \(counts)" : "Ended: \(counts)"))
        if ending.exitStatus == 0 { return .element("div", style: "verdict good", head, line, reason) }
        let isBad = state.counts.keys.contains { [.failed, .rollbackFailed, .unknown].contains($0) }
        return isBad
            ? .element("div", style: "verdict bad", head, line, reason)
            : .element("div", style: "verdict warn", head, line, reason)
    }

    private func asked(_ header: RunHeader) -> Markup {
        var facts: [(String, Markup)] = [
            ("By", .text(ReportWords.person(header.requester))),
            (
                "What",
                header.runbook.isEmpty
                    ? .element("code", .text(header.command.joined(separator: " ")))
                    : .text("\(header.kind.rawValue) runbook \(header.runbook), version \(header.runbookVersion)")
            ),
            ("On", ReportWords.nodes(header.targets)),
        ]
        if !header.selector.isEmpty, header.selector != header.targets.folded {
            facts.append(("Asked for as", .element("code", .text(header.selector))))
        }
        for (name, value) in header.parameters.sorted(by: { $0.key < $1.key }) {
            facts.append((name, .element("code", .text(value))))
        }
        if let parent = header.parent { facts.append(("Undoes or continues", .text("run \(parent)"))) }
        facts.append(("Run", .element("code", .text(header.id.description))))
        facts.append(("Program", .text("runbook \(header.program)")))
        return .all([.element("h2", .text("What was asked for")), .facts(facts)])
    }

    private var authority: Markup {
        let actions: Set<AuditAction> = [
            .approvalGiven, .approvalDenied, .standingGiven, .standingUsed, .breakGlassUsed, .runConfirmed,
            .windowEntered, .windowRefused, .accessRefused,
        ]
        let rows: [[Markup]] = report.records.filter { actions.contains($0.entry.action) }.map { record in
            let detail = record.entry.detail
            let who = detail["approver"] ?? record.entry.actor.sudoUser ?? record.entry.actor.user
            return [
                .text(UTCText.seconds(record.time)), .text(who), .text(ReportWords.happening(record)),
                detail["key"].map { .element("code", .text($0)) } ?? .element("span", style: "soft", .text("no key")),
            ]
        }
        let body =
            rows.isEmpty
            ? Markup.element("p", .text("Nothing in this run needed a person's leave, and none is on record."))
            : Markup.table(style: "time", ["When (UTC)", "Who", "What", "With which key"], rows)
        return .all([.element("h2", .text("Who allowed it")), body])
    }

    private var outcomes: Markup {
        let rows: [[Markup]] = OutcomeClass.allCases.compactMap { outcome in
            let names = state.nodes(in: [outcome])
            guard !names.isEmpty else { return nil }
            let nodes = names.compactMap { state.nodes[$0] }
            let reasons = NodeHistory.variants(nodes) { $0.outcome?.text }
            return [
                ReportWords.pill(outcome), .text(String(names.count)), ReportWords.nodes(NodeSet(names: names)),
                reasons.isEmpty ? .text(ReportWords.meaning(outcome)) : Self.list(reasons, of: names.count),
            ]
        }
        var parts = [
            Markup.element("h2", .text("How it ended")),
            Markup.table(["Outcome", "Nodes", "Which", "Why"], rows),
        ]
        if let open = openNodes { parts.append(open) }
        return .all(parts)
    }

    private var openNodes: Markup? {
        let open = state.targets.filter { state.nodes[$0]?.outcome == nil }
        guard !open.isEmpty else { return nil }
        return .element("p", .text("Without an outcome so far: "), ReportWords.nodes(NodeSet(names: open)))
    }

    private var planned: Markup {
        guard let plan = report.plan else { return .none }
        let rows: [[Markup]] = plan.steps.map { step in
            let kinds = Dictionary(grouping: plan.workedOn.filter { $0.predictions.indices.contains(step.index) }) {
                $0.predictions[step.index].kind
            }
            let expected = Prediction.Kind.allCases.compactMap { kind -> Markup? in
                guard let targets = kinds[kind] else { return nil }
                let words: String =
                    switch kind {
                    case .change: "change on "
                    case .noChange: "no change on "
                    case .unknown: "not known for "
                    case .skipped: "not for "
                    }
                return .element(
                    "div", .text(words), ReportWords.nodes(NodeSet(names: targets.map(\.name))))
            }
            return [
                .text(String(step.index + 1)),
                .all([.element("b", .text(step.name)), .element("div", style: "soft small", .text(step.summary))]),
                .all(expected), .text(step.undo), .text(step.gate == .none ? "none" : step.gate.rawValue),
            ]
        }
        let waves = plan.waves.enumerated().map { index, wave in
            "\(index + 1)\(index < plan.strategy.canaryWaves ? " (canary)" : ""): \(NodeSet(names: wave).folded)"
        }
        var facts: [(String, Markup)] = [
            ("Made", .text("\(UTCText.seconds(plan.created)), good until \(UTCText.seconds(plan.expires)) UTC")),
            ("Gate", .text(plan.gate == .none ? "none: nothing needs leave" : plan.gate.rawValue)),
            ("Waves", .text(waves.joined(separator: "; "))),
            (
                "Stops",
                .text(
                    "at the \(plan.strategy.stopsAtFailure == 1 ? "first" : "\(plan.strategy.stopsAtFailure)th") failure"
                )
            ),
        ]
        if let step = plan.pointOfNoReturn, plan.steps.indices.contains(step) {
            facts.append(("No return after", .text("step \(step + 1), \(plan.steps[step].name)")))
        }
        if let digest = report.planDigest { facts.append(("Digest", .element("code", .text(digest)))) }
        return .all([
            .element("h2", .text("What was planned")),
            rows.isEmpty ? .element("p", .text("The plan has no steps: every node was healthy.")) : .none,
            .table(style: "steps", ["", "Step", "Expected", "How it is undone", "Gate"], rows),
            .element("h3", .text("The plan")), .facts(facts),
        ])
    }

    private var histories: Markup {
        let groups = report.histories
        guard !groups.isEmpty else { return .none }
        return .all(
            [.element("h2", .text("What happened on which node"))] + groups.map { HistoryBlock(history: $0).markup })
    }

    private var timeline: Markup {
        let rows: [[Markup]] = report.records.map { record in
            [
                .text(UTCText.seconds(record.time)),
                .text(record.entry.detail["approver"] ?? record.entry.actor.user),
                .text(ReportWords.happening(record)), .element("span", style: "soft", .text(String(record.sequence))),
            ]
        }
        return .all([
            .element("h2", .text("In order")), .table(style: "time", ["When (UTC)", "Who", "What", "Record"], rows),
        ])
    }

    /// Different texts, with their nodes where they are not all the same.
    static func list(_ variants: [NodeHistory.Variant], of count: Int) -> Markup {
        if variants.count == 1, variants[0].nodes.count == count { return .text(variants[0].text) }
        let shown = variants.prefix(8).map { variant in
            Markup.element(
                "div", .text(variant.text), .element("span", style: "soft small", .text(" — \(variant.nodes.folded)")))
        }
        let rest =
            variants.count > 8 ? [Markup.element("div", style: "soft", .text("and \(variants.count - 8) more"))] : []
        return .all(shown + rest)
    }
}

extension RunHeader.Kind {
    fileprivate var report: String {
        switch self {
        case .apply: "Change report"
        case .rollback: "Rollback report"
        case .exec: "Command report"
        case .plan: "Dry run report"
        case .diagnose: "Diagnosis report"
        }
    }
}
