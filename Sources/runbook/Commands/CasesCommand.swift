import ArgumentParser
import Controller
import Model

/// The support cases, and what answers them.
struct CasesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cases",
        abstract: "List the support cases, the runbooks that answer them, and which of their steps no runbook does.",
        discussion: """
            The cases are in cases.yaml in the folder of runbooks.

            Examples:
              runbook cases
              runbook cases 4.1
              runbook cases --uncovered
              runbook cases --markdown >docs/cases.md
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "Only this case, with each of its steps.") var id: String?
    @Flag(help: "Only steps that no runbook does.") var uncovered = false
    @Flag(help: "All cases with all steps, as a page.") var markdown = false

    func run() async throws {
        let all = try Workspace(global.settings).caseCoverage()
        let cases = all.filter { coverage in id.map { coverage.supportCase.id == $0 } ?? true }
        if let id, cases.isEmpty {
            throw RequestError(.usage, "There is no support case '\(id)'.", hint: "List them: runbook cases")
        }
        switch global.output {
        case .text where markdown: for line in CasesPage(cases: cases).lines { global.terminal.result(line) }
        case .text where uncovered: for line in uncoveredLines(cases) { global.terminal.result(line) }
        case .text where id != nil: for coverage in cases { show(coverage) }
        case .text: list(cases)
        case .json, .jsonl: try global.terminal.result(things: cases, of: "case", as: global.output)
        }
    }

    private func list(_ cases: [CaseCoverage]) {
        var table = Table(["CASE", "HEADING", "STEPS", "RUNBOOKS"], rightAligned: [2])
        for coverage in cases {
            let all = coverage.supportCase.steps.count
            table.add([
                coverage.supportCase.id, coverage.supportCase.heading, "\(all - coverage.uncovered.count)/\(all)",
                coverage.runbooks.joined(separator: ", "),
            ])
        }
        for line in table.lines(style: global.terminal.style) { global.terminal.result(line) }
    }

    private func uncoveredLines(_ cases: [CaseCoverage]) -> [String] {
        cases.flatMap { coverage in
            coverage.uncovered.map { id in
                let index = coverage.supportCase.stepIDs.firstIndex(of: id) ?? 0
                return SafeText("\(id)  \(coverage.supportCase.steps[index])").singleLine
            }
        }
    }

    private func show(_ coverage: CaseCoverage) {
        let supportCase = coverage.supportCase
        let heading = SafeText("\(supportCase.id) \(supportCase.heading)").singleLine
        global.terminal.result(global.terminal.style.bold(heading))
        var lines = [supportCase.problem]
        for (id, step) in zip(supportCase.stepIDs, supportCase.steps) {
            lines += ["", "\(id)  \(step)"]
            let places = coverage.steps[id, default: []]
            lines += places.isEmpty ? ["    no runbook does this"] : places.map { "    \($0.text)" }
        }
        for line in lines { global.terminal.result(SafeText(line).description) }
    }
}

extension CaseCoverage.Place {
    /// Such as `gpu-driver-fix, step 'install the driver'`.
    var text: String {
        guard let part, let name else { return runbook }
        return "\(runbook), \(part) '\(name)'"
    }
}
