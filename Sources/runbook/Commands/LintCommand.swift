import ArgumentParser
import Controller
import Model

/// Checks runbooks and inventory.
struct LintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Check runbooks and inventory; every problem of every file is listed.",
        discussion: """
            Examples:
              runbook lint
              runbook lint Runbooks/gpu/gpu-driver-fix.yaml
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "Files or folders; the runbooks and the inventory without one.", completion: .file()) var paths:
        [String] = []

    func run() async throws {
        let diagnostics = try Workspace(global.settings).lint(paths)
        switch global.output {
        case .text: for diagnostic in diagnostics { global.terminal.result(diagnostic.description) }
        case .json, .jsonl:
            try global.terminal.result(things: diagnostics, of: "diagnostic", as: global.output)
        }
        let errors = diagnostics.count { $0.severity == .error }
        global.terminal.note(
            errors == 0
                ? "No errors, \(diagnostics.count) warnings."
                : "\(errors) errors, \(diagnostics.count - errors) warnings.")
        if errors > 0 { throw ExitCode(65) }
    }
}
