import ArgumentParser
import Controller
import Model

/// The conformance test for who writes a plugin.
struct PluginTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Hold a plugin against the protocol: manifest, answers, refusals, secrets, SIGTERM.",
        discussion: """
            The plugin is run with the examples of its manifest and with a marked text for each secret. Nothing is \
            changed by it if the examples harm nobody. Exit status 65 where a rule does not hold.

            Example:
              runbook plugin test Plugins/notify/webhook
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "The plugin's folder.", completion: .directory) var path: String

    func run() async throws {
        let findings = try await PluginLibrary(try global.settings).test(path)
        switch global.output {
        case .text:
            for finding in findings {
                let text = finding.text.isEmpty ? "" : " (\(SafeText(finding.text).singleLine))"
                global.terminal.result("\(finding.isGood ? "ok    " : "NOT OK")  \(finding.rule)\(text)")
            }
        case .json, .jsonl: try global.terminal.result(things: findings, of: "plugin_finding", as: global.output)
        }
        let bad = findings.count { !$0.isGood }
        global.terminal.note(bad == 0 ? "It keeps to the protocol." : "\(bad) of \(findings.count) rules do not hold.")
        if bad > 0 { throw ExitCode(65) }
    }
}
