import ArgumentParser

/// Shell completions.
struct CompletionsCommand: ParsableCommand {
    enum Shell: String, CaseIterable, ExpressibleByArgument { case bash, zsh, fish }

    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print a completion script for a shell.",
        discussion: """
            Examples:
              runbook completions bash >/etc/bash_completion.d/runbook
              runbook completions zsh >~/.zsh/completions/_runbook
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "bash, zsh or fish.") var shell: Shell

    func run() throws {
        let script =
            switch shell {
            case .bash: Runbook.completionScript(for: .bash) + BashGroups.script
            case .zsh: Runbook.completionScript(for: .zsh)
            case .fish: Runbook.completionScript(for: .fish)
            }
        switch global.output {
        case .text: Terminal.write(script, to: 1)
        case .json, .jsonl:
            let keys = ["shell": shell.rawValue, "script": script]
            try global.terminal.result(ResultObject("completions", keys), as: global.output)
        }
    }
}
