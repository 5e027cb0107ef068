import Model

/// A runbook as a page for somebody in the middle of an incident: how the fault shows, what is asked, what will be done,
/// what can't be undone, how to run it.
struct RunbookPage {
    let runbook: Model.Runbook
    let faults: FaultPlan?
    /// The case that the runbook names.
    let supportCase: SupportCase?

    var lines: [String] {
        introduction + running + parameterLines + probeLines + causeLines + stepLines + irreversibleLines + rolloutLines
            + proofLines + faultLines + referenceLines
    }

    private var introduction: [String] {
        var lines = ["# \(runbook.name)", "", "**\(MarkdownText.line(runbook.title))**", ""]
        lines += [
            "Version \(runbook.version). This page is written by `runbook describe \(runbook.name) --markdown`.", "",
        ]
        if !runbook.description.isEmpty { lines += [MarkdownText.line(runbook.description), ""] }
        if let heading = runbook.supportCase {
            let problem = supportCase.map { " " + MarkdownText.line($0.problem) } ?? ""
            lines += ["**Case:** \(MarkdownText.line(heading)).\(problem)", ""]
        }
        let platforms = runbook.platforms.isEmpty ? "" : " on \(runbook.platforms.joined(separator: ", "))"
        lines.append("**For:** `\(runbook.targets.text)`\(platforms).")
        if !runbook.owners.isEmpty {
            lines += ["", "**Ask:** \(MarkdownText.line(runbook.owners.joined(separator: ", ")))."]
        }
        return lines
    }

    private var running: [String] {
        let isController = runbook.targets == .controller
        let nodes = isController ? "" : " --nodes SET"
        let needed = runbook.parameters.filter(\.isNeeded)
        let values = needed.map { " --param \($0.name)=…" }.joined()
        let commands = [
            ("runbook diagnose \(runbook.name)\(nodes)\(values)", "looks, never writes"),
            ("runbook apply \(runbook.name)\(nodes)\(values) --dry-run", "what would be done, and what is not known"),
            ("runbook apply \(runbook.name)\(nodes)\(values)", "shows the plan, asks, does it"),
            ("runbook rollback last", "puts back what can be put back"),
        ]
        let width = commands.map(\.0.count).max() ?? 0
        return ["", "## How to run it", "", "```"]
            + commands.map { $0.0 + String(repeating: " ", count: width - $0.0.count) + "   # " + $0.1 } + ["```"]
    }

    private var parameterLines: [String] {
        guard !runbook.parameters.isEmpty else { return [] }
        var lines = ["", "| parameter | type | default | what |", "| --- | --- | --- | --- |"]
        for parameter in runbook.parameters {
            let fallback =
                parameter.defaultValue.map { MarkdownText.code($0.source).replacing("|", with: "\\|") }
                ?? (parameter.secretSource != nil ? "a secret" : parameter.isOptional ? "none" : "**needed**")
            lines.append(
                "| `\(parameter.name)` | \(MarkdownText.cell(parameter.type.text)) | \(fallback) | \(MarkdownText.cell(parameter.description)) |"
            )
        }
        return lines
    }

    private var probeLines: [String] {
        var lines = ["", "## What is asked first", ""]
        guard let probes = runbook.detect else {
            return lines + ["Nothing: every node that can be reached counts as broken."]
        }
        lines.append("All of it is read-only. A node where every answer is healthy is left alone.")
        for probe in probes {
            lines += ["", "### \(MarkdownText.line(probe.name))", ""]
            let causes = probe.causes.map(\.id) + (probe.cause.map { [$0] } ?? [])
            if !causes.isEmpty { lines += ["Tells apart: \(causes.map { "`\($0)`" }.joined(separator: ", ")).", ""] }
            let needs = probe.needs.map { "*\(MarkdownText.line($0))*" }.joined(separator: " and ")
            if !needs.isEmpty {
                lines += ["Asked where \(needs) \(probe.needs.count == 1 ? "is" : "are") healthy.", ""]
            }
            lines += code(probe.script)
        }
        if !runbook.diagnose.isEmpty {
            lines += ["", "Kept as evidence from broken nodes: "]
            lines[lines.count - 1] +=
                runbook.diagnose.map { "*\(MarkdownText.line($0.name))*" }.joined(separator: ", ") + "."
        }
        return lines
    }

    private var causeLines: [String] {
        let causes = runbook.declaredCausesInOrder
        guard !causes.isEmpty else { return [] }
        var lines = ["", "## What each cause leads to", "", "| cause | steps |", "| --- | --- |"]
        for cause in causes {
            let steps = runbook.steps.filter { $0.causes.contains(cause) }.map { MarkdownText.cell($0.name) }
            let always = runbook.steps.contains { $0.causes.isEmpty }
            let text =
                steps.isEmpty
                ? (always ? "the steps that are for every cause" : "none") : steps.joined(separator: " → ")
            lines.append("| `\(cause)` | \(text) |")
        }
        return lines
    }

    private var stepLines: [String] {
        guard !runbook.steps.isEmpty else {
            return ["", "## What it does", "", "Nothing on the nodes: it looks and reports."]
        }
        var lines = ["", "## What it does"]
        for (number, step) in zip(1..., runbook.steps) {
            lines += ["", "### \(number). \(MarkdownText.line(step.name))", ""]
            lines.append("It \(SafeText(VerbWords(step).description).singleLine).")
            if !step.causes.isEmpty { lines.append("For \(step.causes.map { "`\($0)`" }.joined(separator: ", ")).") }
            if step.verb.isReadOnly {
                lines += advice(step)
                continue
            }
            lines.append("Gate: \(gate(step)). \(undo(step))")
            if case .run(let script) = step.verb { lines += [""] + code(script) }
        }
        return lines
    }

    private func advice(_ step: Step) -> [String] {
        guard case .advise(let advice) = step.verb else { return [] }
        let lines = advice.text.source.split(separator: "\n").joined(separator: " ")
        let severity = advice.severity == .info ? "" : "**\(advice.severity.rawValue):** "
        var page = ["", "> " + severity + MarkdownText.line(lines)]
        if !advice.evidence.isEmpty {
            page += ["", "Rests on \(advice.evidence.map { "*\(MarkdownText.line($0))*" }.joined(separator: ", "))."]
        }
        if let command = advice.command { page += [""] + code(command.source) }
        if let patch = advice.patch { page += [""] + code(patch.source, language: "diff") }
        return page
    }

    private func gate(_ step: Step) -> String {
        switch step.gate ?? .approval {
        case .none: "none"
        case .approval: runbook.approve == nil ? "the operator's confirmation" : "approval"
        case .window: "approval, and an open change window"
        }
    }

    private func undo(_ step: Step) -> String {
        if step.isIrreversible { return "**It can't be undone.**" }
        switch step.verb {
        case .run: return step.undo == nil ? "**It can't be undone.**" : "Undone by its own script."
        case .reboot: return "**It can't be undone.**"
        case .undrain, .runbook, .escalate: return "Undone by what its parts say."
        case .plugin: return "Undone by the plugin."
        default: return "Undone from what was captured just before."
        }
    }

    private var irreversibleLines: [String] {
        let steps = runbook.steps.filter { step in
            if step.isIrreversible { return true }
            switch step.verb {
            case .run: return step.undo == nil
            case .reboot: return true
            default: return false
            }
        }
        return ["", "## What can't be undone", ""]
            + (steps.isEmpty
                ? ["Nothing that it does is irreversible."]
                : steps.map { "- \(MarkdownText.line($0.name)): \(SafeText(VerbWords($0).description).singleLine)" })
    }

    private var rolloutLines: [String] {
        let strategy = runbook.strategy
        var parts: [String] = []
        if !strategy.canary.isEmpty {
            parts.append("first waves of \(strategy.canary.map(\.text).joined(separator: ", "))")
        }
        parts.append(strategy.batch.map { "then \($0.text) at a time" } ?? "then all the rest")
        parts.append("at most \(strategy.concurrency) nodes at one time")
        var lines = ["", "## How fast", "", "\(parts.joined(separator: ", ").capitalizedFirst)."]
        lines.append(
            strategy.maxFailures == .count(0)
                ? "The first node that fails stops the run."
                : "More than \(strategy.maxFailures.text) of failed nodes stop the run.")
        for (label, share) in strategy.limits.sorted(by: { $0.key < $1.key }) {
            lines.append("Never more than \(share.text) of one `\(label)` out of service.")
        }
        if let approval = runbook.approve {
            lines.append(
                "Needs \(approval.minimum) of: \(MarkdownText.line(approval.approvers.joined(separator: ", "))).")
        }
        if let window = runbook.window { lines.append("Only inside the change window `\(window.calendar)`.") }
        if let schedule = runbook.schedule {
            lines.append("Runs by itself: `\(schedule.cron)` (\(schedule.timezone)).")
        }
        return lines
    }

    private var proofLines: [String] {
        guard !runbook.verify.isEmpty else { return [] }
        var lines = ["", "## What proves that it helped", ""]
        for entry in runbook.verify {
            switch entry {
            case .detect: lines.append("- everything that was asked first, once more")
            case .probe(let probe):
                let causes = probe.unless.map { "`\($0)`" }.joined(separator: ", ")
                let concerns = probe.concerns.map { "`\($0)`" }.joined(separator: ", ")
                lines.append(
                    "- \(MarkdownText.line(probe.name))" + (concerns.isEmpty ? "" : ", for \(concerns)")
                        + (causes.isEmpty ? "" : "; not where a person was told of \(causes)"))
            }
        }
        let end: String =
            switch runbook.onFailure {
            case .rollback: "A node where that does not hold is put back as it was."
            case .stop: "A node where that does not hold is left as it is, and the run says so."
            case .continue: "A node where that does not hold is reported."
            case .ask: "Of a node where that does not hold the operator is asked."
            }
        return lines + ["", end]
    }

    private var faultLines: [String] {
        guard let faults, !faults.faults.isEmpty else { return [] }
        var lines = [
            "", "## How it is tested", "", "`runbook test \(runbook.name)` breaks throwaway nodes in these ways:", "",
        ]
        for fault in faults.faults {
            let standIns = fault.standIns.isEmpty ? "" : " (stand-ins: \(fault.standIns.joined(separator: ", ")))"
            lines.append("- `\(fault.id)`: \(MarkdownText.line(fault.title + standIns))")
        }
        return lines
    }

    private var referenceLines: [String] {
        let versions =
            runbook.versions.isEmpty
            ? [] : ["", "Its commands are written for:", ""] + runbook.versions.map { "- \(MarkdownText.line($0))" }
        let references = runbook.references.map { "- \(MarkdownText.line($0))" }
        return versions.isEmpty && references.isEmpty ? [] : ["", "## References", ""] + references + versions
    }

    /// Indented where a fence would end inside.
    private func code(_ script: String, language: String = "sh") -> [String] {
        let lines = SafeText(script).description.split(separator: "\n", omittingEmptySubsequences: false).map(
            String.init)
        let text = lines.last == "" ? Array(lines.dropLast()) : lines
        return ["````" + language] + text.map { $0.hasPrefix("````") ? " " + $0 : $0 } + ["````"]
    }
}

extension Model.Runbook {
    /// Causes in the order in which its probes and steps name them.
    fileprivate var declaredCausesInOrder: [String] {
        var seen: Set<String> = []
        let named =
            (detect ?? []).flatMap { $0.causes.map(\.id) + ($0.cause.map { [$0] } ?? []) } + steps.flatMap(\.causes)
        return named.filter { seen.insert($0).inserted }
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
