import ArgumentParser
import Controller
import Foundation
import Model

/// The dry run as a file.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Make a dry run, and keep it as a file with its digest.",
        discussion: """
            `runbook apply --plan FILE` then does that and nothing more: where nodes have changed meanwhile so that more \
            or something else would be done, it refuses and shows the difference.

            Examples:
              runbook plan gpu-driver-fix --nodes 'gpu[01-32]' -o fix.plan
              runbook apply --plan fix.plan
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var parameters: ParameterOptions
    @OptionGroup var reach: ReachOptions
    @OptionGroup var evidence: EvidenceOptions
    @Argument(help: "The runbook's name.", completion: .runbookNames) var name: String
    @Option(
        name: [.customShort("o"), .customLong("out")],
        help: ArgumentHelp("Where to write the plan.", valueName: "file"), completion: .file())
    var file: String?

    func run() async throws {
        var order = RunOrder(
            kind: .plan, runbook: name, selector: selection.nodes, previous: try selection.previous,
            parameters: try parameters.values, expected: reach.expect)
        order.skipsEvidence = evidence.isLeftOut
        try await RunCommand(global, reach).run(order, planFile: file)
    }
}
