import ArgumentParser
import Controller
import Model

/// Detect and diagnose, nothing else.
struct DiagnoseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diagnose",
        abstract: "Only look: requirements, probes and evidence. Never writes on a node.",
        discussion: """
            Examples:
              runbook diagnose kubelet-recover --nodes @compute
              runbook diagnose kubelet-recover --from-run last --no-evidence
              runbook logs last --step 'way to the API'
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var parameters: ParameterOptions
    @OptionGroup var reach: ReachOptions
    @OptionGroup var evidence: EvidenceOptions
    @Argument(help: "The runbook's name.", completion: .runbookNames) var name: String

    func run() async throws {
        var order = RunOrder(
            kind: .diagnose, runbook: name, selector: selection.nodes, previous: try selection.previous,
            parameters: try parameters.values, expected: reach.expect)
        order.skipsEvidence = evidence.isLeftOut
        try await RunCommand(global, reach).run(order)
    }
}
