import Model

/// All support cases as Markdown: each step with where it is done, each cause with how it is tried out.
struct CasesPage {
    let cases: [CaseCoverage]

    var lines: [String] {
        let steps = cases.map(\.supportCase.steps.count).reduce(0, +)
        let open = cases.map(\.uncovered.count).reduce(0, +)
        var lines = [
            "# Support cases", "",
            "What answers each step of each support case. This page is written by `runbook cases --markdown`. A runbook's name",
            "alone means that the runbook as a whole does the step.", "",
            "\(cases.count) cases, \(steps) steps" + (open == 0 ? "." : "; \(open) of them are done by no runbook."),
        ]
        for coverage in cases { lines += [""] + section(coverage) }
        return lines
    }

    private func section(_ coverage: CaseCoverage) -> [String] {
        let supportCase = coverage.supportCase
        var lines = ["## \(supportCase.id) \(MarkdownText.line(supportCase.heading))", ""]
        if !supportCase.problem.isEmpty { lines += [MarkdownText.line(supportCase.problem), ""] }
        if !coverage.runbooks.isEmpty {
            let links = coverage.runbooks.map { "[\($0)](runbooks/\($0).md)" }
            lines += ["Runbooks: \(links.joined(separator: ", "))", ""]
        }
        lines += ["| step | what | where it is done |", "| --- | --- | --- |"]
        for (id, step) in zip(supportCase.stepIDs, supportCase.steps) {
            let places = coverage.steps[id, default: []].map { MarkdownText.cell($0.text) }
            lines.append(
                "| \(id) | \(MarkdownText.cell(step)) | \(places.isEmpty ? "nowhere" : places.joined(separator: "<br>")) |"
            )
        }
        lines += ["", "| cause | what | tried out by |", "| --- | --- | --- |"]
        for (id, cause) in zip(supportCase.causeIDs, supportCase.causes) {
            let trials = coverage.causes[id, default: []].map { "`runbook test \($0.runbook) --fault \($0.fault)`" }
            lines.append(
                "| \(id) | \(MarkdownText.cell(cause)) | \(trials.isEmpty ? "nothing" : trials.joined(separator: "<br>")) |"
            )
        }
        return lines
    }
}
