import ArgumentParser
import Controller
import Model

/// One runbook.
struct DescribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Describe a runbook: what it is for, its parameters, probes and steps, and how each step is undone.",
        discussion: """
            Examples:
              runbook describe gpu-driver-fix
              runbook describe gpu-driver-fix --markdown >docs/runbooks/gpu-driver-fix.md
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The runbook's name.", completion: .runbookNames) var name: String

    @Flag(help: "A whole page, for a wiki or to print: symptom, probes, steps, what can't be undone, how to run it.")
    var markdown = false

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let runbook = try workspace.runbook(name)
        switch global.output {
        case .text where markdown:
            let page = RunbookPage(
                runbook: runbook, faults: try workspace.faults(of: name),
                supportCase: try workspace.supportCases().first { $0.heading == runbook.supportCase })
            for line in page.lines { global.terminal.result(line) }
        case .text:
            for line in RunbookText(
                runbook: runbook, rules: try workspace.changeRules(for: name), style: global.terminal.style
            ).lines {
                global.terminal.result(line)
            }
        case .json, .jsonl:
            let described = RunbookObject(runbook: runbook, rules: try workspace.changeRules(for: name))
            try global.terminal.result(ResultObject(thing: "runbook", described.object), as: global.output)
        }
    }
}
