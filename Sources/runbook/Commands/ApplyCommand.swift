import ArgumentParser
import Controller
import Model

/// Carries a runbook out.
struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Carry a runbook out on nodes: detect, plan, confirm, change, verify, roll back what fails.",
        discussion: """
            Only nodes that the runbook's probes find broken are touched. Without --yes the plan is shown and you are \
            asked before the first change.

            Examples:
              runbook apply gpu-driver-fix --nodes 'gpu[01-32]' --dry-run
              runbook apply gpu-driver-fix --nodes 'gpu[01-32]' --expect 32
              runbook apply rotate-ssh-keys --nodes @compute --param user=admin \
            --param old_key="$(cat old.pub)" --param new_key="$(cat new.pub)"
              runbook apply gpu-driver-fix --from-run last --state failed,unreachable
              runbook apply --plan fix.plan --yes
              runbook apply gpu-driver-fix --nodes gpu07 --break-glass --reason 'all jobs fail, nobody reachable'
              runbook apply security-patch --nodes @rack:r1 --yes --wait
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var parameters: ParameterOptions
    @OptionGroup var reach: ReachOptions
    @OptionGroup var evidence: EvidenceOptions
    @Argument(help: "The runbook's name.", completion: .runbookNames) var name: String?
    @Flag(help: "Show what would be done; change nothing.") var dryRun = false
    @Flag(name: [.customShort("y"), .long], help: "Do not ask. Never replaces an approval.") var yes = false
    @Option(help: ArgumentHelp("Carry out exactly this plan file.", valueName: "file"), completion: .file()) var plan:
        String?
    @Flag(help: "Stay where an approval is missing or the change window is closed, and go on once it is there.")
    var wait =
        false
    @Flag(help: "In an emergency: go past approvals and windows, where your role may. It is recorded.") var breakGlass =
        false
    @Option(help: "With --break-glass: why, in a line.") var reason: String?
    @Flag(help: "Go on in the background; follow it with: runbook logs RUN --follow") var detach = false

    func validate() throws {
        switch (name, plan) {
        case (nil, nil): throw ValidationError("Name a runbook, or a plan file with --plan.")
        case (.some, .some): throw ValidationError("A plan file names its own runbook: leave the name out.")
        default: break
        }
        if plan != nil, selection.nodes != nil || selection.fromRun != nil || !parameters.parameters.isEmpty {
            throw ValidationError(
                "A plan file says which nodes and parameters: leave --nodes, --from-run and --param out.")
        }
        if plan != nil && dryRun { throw ValidationError("A plan file is a dry run already: leave --dry-run out.") }
        if breakGlass, (reason ?? "").allSatisfy(\.isWhitespace) {
            throw ValidationError("--break-glass needs --reason: why can it not wait?")
        }
        if reason != nil && !breakGlass { throw ValidationError("--reason goes with --break-glass.") }
        if detach && !yes && !dryRun { throw ValidationError("--detach can't ask: add --yes.") }
    }

    func run() async throws {
        var order = RunOrder(
            kind: dryRun ? .plan : .apply, runbook: name ?? "", selector: selection.nodes,
            previous: try selection.previous, parameters: try parameters.values, expected: reach.expect,
            planFile: try plan.map { try PlanFile(path: $0) }, breakGlass: breakGlass ? reason : nil)
        order.skipsEvidence = evidence.isLeftOut
        try await RunCommand(global, reach).run(order, isConfirmed: yes, detach: detach, wait: wait)
    }
}
