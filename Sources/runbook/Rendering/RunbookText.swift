import Model

/// A runbook for a person who wants to know what it would do.
struct RunbookText {
    let runbook: Model.Runbook
    let style: Style

    init(runbook: Model.Runbook, style: Style) {
        self.runbook = runbook
        self.style = style
    }

    var lines: [String] {
        var lines = [style.bold("\(runbook.name) version \(runbook.version): \(runbook.title)")]
        if !runbook.description.isEmpty { lines.append(runbook.description) }
        if let supportCase = runbook.supportCase { lines.append("case: \(supportCase)") }
        lines.append(
            "for: \(runbook.targets.text)"
                + (runbook.platforms.isEmpty ? "" : " on \(runbook.platforms.joined(separator: ", "))"))
        lines += parameterLines + probeLines + stepLines
        if !runbook.references.isEmpty {
            lines += ["", style.bold("References")] + runbook.references.map { "  " + $0 }
        }
        return lines.map { SafeText($0).description }
    }

    private var parameterLines: [String] {
        guard !runbook.parameters.isEmpty else { return [] }
        var table = Table(["PARAMETER", "TYPE", "NEEDED", "DESCRIPTION"])
        for parameter in runbook.parameters {
            let needed = parameter.defaultValue == nil && !parameter.isOptional && parameter.secretSource == nil
            table.add([parameter.name, parameter.type.text, needed ? "yes" : "", parameter.description])
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
            lines.append("  \(probe.name)" + (causes.isEmpty ? "" : ": \(causes.joined(separator: ", "))"))
        }
        return lines
    }

    private var stepLines: [String] {
        guard !runbook.steps.isEmpty else { return [] }
        var table = Table(["STEP", "VERB", "FOR", "GATE", "UNDO"])
        for step in runbook.steps {
            let gate = step.verb.isReadOnly ? "" : (step.gate ?? .approval).rawValue
            let undo =
                step.isIrreversible
                ? "irreversible" : step.verb.isReadOnly ? "" : step.undo == nil ? "derived" : "its own script"
            table.add([step.name, step.verb.keyword, step.causes.joined(separator: ", "), gate, undo])
        }
        return [""] + table.lines(style: style)
    }
}
