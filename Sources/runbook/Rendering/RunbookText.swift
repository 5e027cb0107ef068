import Model

/// A runbook for a person who wants to know what it would do.
struct RunbookText {
    let runbook: Model.Runbook
    /// What the site asks beside it.
    let rules: [ChangeRule]
    let style: Style

    init(runbook: Model.Runbook, rules: [ChangeRule], style: Style) {
        self.runbook = runbook
        self.rules = rules
        self.style = style
    }

    var lines: [String] {
        var lines = [style.bold(SafeText("\(runbook.name) version \(runbook.version): \(runbook.title)").singleLine)]
        if !runbook.description.isEmpty { lines.append(SafeText(runbook.description).description) }
        if let supportCase = runbook.supportCase { lines.append(SafeText("case: \(supportCase)").singleLine) }
        let platforms = runbook.platforms.isEmpty ? "" : " on \(runbook.platforms.joined(separator: ", "))"
        lines.append(SafeText("for: \(runbook.targets.text)\(platforms)").singleLine)
        lines += parameterLines + probeLines + stepLines + verifyLines + alwaysLines + termLines
        if !runbook.references.isEmpty {
            lines += ["", style.bold("References")] + runbook.references.map { "  " + SafeText($0).singleLine }
        }
        if !runbook.versions.isEmpty {
            let versions = runbook.versions.map { "  " + SafeText($0).singleLine }
            lines += ["", style.bold("Its commands are written for")] + versions
        }
        return lines
    }

    private var parameterLines: [String] {
        guard !runbook.parameters.isEmpty else { return [] }
        var table = Table(["PARAMETER", "TYPE", "DEFAULT", "DESCRIPTION"])
        for parameter in runbook.parameters {
            table.add([
                parameter.name, parameter.type.text, SafeText(Self.fallback(of: parameter)).singleLine,
                parameter.description,
            ])
        }
        return [""] + table.lines(style: style)
    }

    private var probeLines: [String] {
        guard let probes = runbook.detect else {
            return ["", "It has no probes: every reachable target counts as broken."]
        }
        var lines = ["", style.bold("Found broken by")]
        for probe in probes {
            let causes = probe.causes.map(\.id) + (probe.cause.map { [$0] } ?? [])
            let found = causes.isEmpty ? "" : ": \(causes.joined(separator: ", "))"
            lines.append(SafeText("  \(probe.name)\(found)").singleLine)
        }
        return lines
    }

    private static func fallback(of parameter: Parameter) -> String {
        if parameter.isNeeded { return "(needed)" }
        if let value = parameter.defaultValue { return value.source.isEmpty ? "\"\"" : value.source }
        return parameter.secretSource.map { "from \($0)" } ?? "(none)"
    }

    private var stepLines: [String] {
        guard !runbook.steps.isEmpty else { return [] }
        return [""] + table("STEP", of: runbook.steps)
    }

    private var alwaysLines: [String] {
        guard !runbook.always.isEmpty else { return [] }
        return [""] + table("ALWAYS, AT THE END", of: runbook.always)
    }

    private func table(_ title: String, of steps: [Step]) -> [String] {
        var table = Table([title, "VERB", "FOR", "GATE", "UNDO"])
        for step in steps {
            let gate = step.verb.isReadOnly ? "" : (step.gate ?? .approval).rawValue
            let undo =
                step.isIrreversible
                ? "irreversible" : step.verb.isReadOnly ? "" : step.undo == nil ? "derived" : "its own script"
            table.add([step.name, step.verb.keyword, step.causes.joined(separator: ", "), gate, undo])
        }
        return table.lines(style: style)
    }

    private var verifyLines: [String] {
        guard !runbook.verify.isEmpty else { return [] }
        return ["", style.bold("Proved by")]
            + runbook.verify.map { entry in
                switch entry {
                case .detect: "  all of that once more"
                case .probe(let probe):
                    "  \(SafeText(probe.name).singleLine)" + (probe.within.map { ", within \($0.text)" } ?? "")
                        + (probe.hold.map { ", for \($0.text)" } ?? "")
                        + (probe.concerns.isEmpty ? "" : ", for \(probe.concerns.joined(separator: ", "))")
                        + (probe.unless.isEmpty ? "" : ", unless \(probe.unless.joined(separator: ", ")) stands")
                }
            }
    }

    private var termLines: [String] {
        let terms = RunbookTerms(runbook: runbook, rules: rules).lines
        let width = terms.map(\.0.count).max() ?? 0
        return ["", style.bold("Terms")]
            + terms.map { "  " + $0 + String(repeating: " ", count: width - $0.count + 2) + SafeText($1).singleLine }
    }
}
