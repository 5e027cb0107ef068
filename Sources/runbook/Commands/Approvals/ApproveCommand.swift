import ArgumentParser
import Controller
import Model

/// Approves what a run waits with.
struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Approve the plan of a run that waits, signed with your SSH key.",
        discussion: """
            The plan is shown as its digest has it, and you are asked. Without a terminal name the digest that you have \
            read with --plan. The key is the agent's, or a file's; allowed_signers says whose it is. When enough have \
            approved the run goes on by itself.

            A key that is elsewhere signs a statement that --write writes:
              runbook approve 3f9c12ab --as alice --write s
              ssh-keygen -Y sign -n approval@runbook -f ~/.ssh/id_ed25519_sk s
              runbook approve 3f9c12ab --signed s

            Examples:
              runbook approve 3f9c12ab --show
              runbook approve 3f9c12ab
              runbook approve 3f9c12ab --step 'a second pair of eyes' --reason 'canary looks good'
              runbook approve last --plan 5d0e4c7fa1b2 --key ~/.ssh/id_ed25519
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var decision: DecisionOptions
    @Option(help: ArgumentHelp("Why, in a line.")) var reason: String?

    func validate() throws { try decision.check() }

    func run() async throws {
        try await DecisionRun(global, decision).run(.approve, reason: reason ?? "")
    }
}

/// Denies what a run waits with.
struct DenyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deny",
        abstract: "Deny the plan of a run that waits: it is not carried out, and nobody can approve it any more.",
        discussion: """
            Example:
              runbook deny 3f9c12ab --reason 'not during the conference'
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var decision: DecisionOptions
    @Option(help: ArgumentHelp("Why, in a line.")) var reason: String

    func validate() throws { try decision.check() }

    func run() async throws {
        try await DecisionRun(global, decision).run(.deny, reason: reason)
    }
}
