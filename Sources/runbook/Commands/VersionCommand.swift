import ArgumentParser
import Controller

/// What this program is.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the program's version.",
        discussion: """
            Example:
              runbook version
            """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
        switch global.output {
        case .text: global.terminal.result("runbook \(ProgramVersion.text)")
        case .json, .jsonl:
            let version = ResultObject(thing: "version", ["version": ProgramVersion.text])
            try global.terminal.result(version, as: global.output)
        }
    }
}
