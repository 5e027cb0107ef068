import ArgumentParser
import Controller
import Model

/// Whether this installation is fit to work.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check this installation: settings, inventory, runbooks, keys, database, limits.",
        discussion: """
            Example:
              runbook doctor
            """)

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let findings = await Doctor(Workspace(try global.settings)).findings()
        switch global.output {
        case .text:
            let style = global.terminal.style
            for finding in findings {
                let mark = finding.isGood ? style.green("ok  ") : style.red("bad ")
                let text = SafeText("\(finding.subject): \(finding.text)").singleLine
                global.terminal.result("\(mark) \(text)")
                if let mend = finding.mend { global.terminal.result("     mend: \(SafeText(mend).singleLine)") }
            }
        case .json, .jsonl: try global.terminal.result(things: findings, of: "finding", as: global.output)
        }
        if findings.contains(where: { !$0.isGood }) { throw ExitCode(1) }
    }
}
