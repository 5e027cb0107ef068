import ArgumentParser
import Controller
import Foundation
import Model

/// Outputs of a run.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show what steps and probes printed; the same outputs are gathered under their node set.",
        discussion: """
            On a terminal, control sequences are shown as escapes. Of a larger output 1 MiB is shown, and how to see \
            all of it. --raw writes all bytes of one stream as they are. --diff shows the \
            largest group whole, and of the others what differs from it. With --follow each output comes when its step \
            or probe is over, between the events; while few steps go on, line by line.

            Examples:
              runbook logs last
              runbook logs last --nodes gpu07 --step 'install the driver'
              runbook logs last --step 'mount options' --diff
              runbook logs last --nodes gpu07 --step 'GPUs on the bus' --raw >bus.txt
              runbook logs last --follow
              runbook logs last --follow --nodes gpu07 --step 'install the driver'
              runbook logs last --follow --output jsonl
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(
        help: ArgumentHelp("The run: its id, the id's beginning, or 'last'.", valueName: "run"), completion: .runs)
    var runName: String
    @Option(
        name: [.short, .long], help: ArgumentHelp("Only these nodes.", valueName: "set"), completion: .nodeSets)
    var nodes: String?
    @Option(help: "Only this step or probe.") var step: String?
    @Flag(help: "Wait for more until the run has ended.") var follow = false
    @Flag(help: "The largest group whole, of the others what differs from it.") var diff = false
    @Flag(help: "Show the outputs of sensitive steps too; it is audited, as all reading is.") var sensitive = false
    @Flag(help: "The exact bytes of standard output, nothing else.") var raw = false
    @Flag(name: .customLong("stderr"), help: "With --raw: those of standard error instead.") var standardError = false

    func validate() throws {
        if standardError, !raw { throw ValidationError("--stderr goes with --raw.") }
        if diff, raw || follow || global.output != .text {
            throw ValidationError("--diff goes with text, and neither with --raw nor with --follow.")
        }
    }

    func run() async throws {
        let workspace = Workspace(try global.settings)
        let journal = try await workspace.journal()
        let run = try await journal.run(named: runName).id.description
        try await AccessGuard(workspace, journal).require(.read, run: run)
        let reader = try await LogReader(
            run, nodes: try await workspace.nodes(nodes, ofRun: run, in: journal), step: step,
            showsSensitive: sensitive, journal: journal)
        if raw { try LogReader.refuseTerminal() }
        // Ahead of it: whoever reads may leave in the middle.
        try await reader.audit()
        let terminal = global.terminal
        if raw {
            try await reader.writeRaw(standardError ? .standardError : .standardOutput, terminal: terminal)
        } else if follow {
            var live = LogFollow(reader, terminal: terminal, format: global.output)
            try await live.run()
        } else {
            switch global.output {
            case .text: try await reader.showGathered(style: terminal.style, differences: diff) { terminal.result($0) }
            case .json: try await reader.showJSONDocument { terminal.result($0) }
            case .jsonl: try await reader.showJSONLines { terminal.result($0) }
            }
        }
        try await journal.close()
    }
}
