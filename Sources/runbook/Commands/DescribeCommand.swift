import ArgumentParser
import Controller
import Model

/// One runbook.
struct DescribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Describe a runbook: what it is for, its parameters, probes and steps, and how each step is undone.",
        discussion: """
            Example:
              runbook describe gpu-driver-fix
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The runbook's name.", completion: .shellCommand("runbook list -q --names")) var name: String

    func run() async throws {
        let runbook = try Workspace(global.settings).runbook(name)
        switch global.output {
        case .text:
            for line in RunbookText(runbook: runbook, style: global.terminal.style).lines {
                global.terminal.result(line)
            }
        case .json, .jsonl: global.terminal.result(try JSONOutput(runbook.summary, pretty: global.output == .json).text)
        }
    }
}
