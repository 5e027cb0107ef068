import ArgumentParser
import Controller
import Foundation
import Model
import Rehearsal

/// Tests runbooks on throwaway nodes.
struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Test runbooks on throwaway nodes that are broken on purpose.",
        discussion: """
            Boots the nodes of NAME.faults.yaml and, for each fault in it, holds that the healthy node is left alone; that \
            the injected fault is found with its cause and no other; that a dry run and an apply without a confirmation \
            change nothing; that apply mends it as the dry run said, and another proof agrees; that a second apply changes \
            nothing; that rollback restores what was there; and that without its tools nothing is changed. For one fault of \
            a runbook (all of them with --all): that a controller which is killed between any two steps can be resumed and \
            its run rolled back, and that another cause's remedy does not help.

            It needs root, and Debian or Ubuntu. Exit status 0: all of it holds.

            Examples:
              runbook test gpu-driver-fix
              runbook test gpu-driver-fix --fault nouveau --keep
              runbook test --all-runbooks --jobs 2
            """)

    @OptionGroup var global: GlobalOptions
    @Argument(help: "Names of runbooks.", completion: .runbookNames) var names: [String] = []
    @Option(name: [.short, .long], help: ArgumentHelp("Only this fault; may be given several times.", valueName: "id"))
    var fault: [String] = []
    @Flag(help: "Every runbook that has faults.") var allRunbooks = false
    @Flag(help: "Kill the controller, and try another cause's remedy, for every fault.") var all = false
    @Option(name: [.short, .long], help: "Runbooks, or faults of a single one, at one time.") var jobs = 1
    @Flag(help: "Try what did not hold once more at the end, by itself; the result says so.") var again = false
    @Flag(help: "Stop at the first fault of which something does not hold, and leave its nodes up.") var keep = false
    @Option(
        help: ArgumentHelp("The program that boots nodes, or its folder.", valueName: "path"), completion: .file())
    var lab: String?

    func validate() throws {
        if names.isEmpty != allRunbooks { throw ValidationError("Name runbooks, or say --all-runbooks.") }
        if again && keep { throw ValidationError("--again and --keep exclude each other.") }
        if jobs < 1 { throw ValidationError("--jobs must be at least 1.") }
    }

    func run() async throws {
        let settings = try global.settings
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "runbook"
        let rehearsal = try Rehearsal(
            RehearsalRequest(
                settings: settings, program: own, lab: lab ?? settings.lab, names: names, faults: fault,
                isThorough: all, jobs: jobs, keepsBroken: keep, triesAgain: again))
        let text = RehearsalText(style: global.terminal.style)
        let progress = RehearsalText(style: global.terminal.errorStyle)
        let isText = global.output == .text
        let (terminal, format) = (global.terminal, global.output)
        let reports = try await Interruptible.run {
            try await rehearsal.run { event in
                if format == .jsonl, let line = RehearsalLine(event)?.json { terminal.result(line) }
                for line in progress.progress(event) { isText ? terminal.note(line) : () }
            }
        }
        switch global.output {
        case .text: for line in text.table(reports, of: rehearsal) { terminal.result(line) }
        case .json: terminal.result(try JSONOutput(encoding: reports, pretty: true).text)
        case .jsonl: terminal.result(try RehearsalLine.summary(reports))
        }
        if !rehearsal.isHeld(by: reports) { throw ExitCode(1) }
    }
}
