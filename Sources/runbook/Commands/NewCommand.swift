import ArgumentParser
import Controller

/// A new runbook to start from.
struct NewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Make a new runbook to start from, and a first fault to test it with.",
        discussion: """
            Example:
              runbook new restart-chrony
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "Its name, in kebab-case.") var name: String

    func run() async throws {
        let path = try Workspace(global.settings).createRunbook(named: name)
        switch global.output {
        case .text: global.terminal.result(path)
        case .json, .jsonl:
            try global.terminal.result(
                ResultObject("runbook_created", ["name": name, "path": path]), as: global.output)
        }
        global.terminal.note("Edit it, then: runbook lint \(path) && runbook test \(name)")
    }
}
