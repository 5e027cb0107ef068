import ArgumentParser
import Controller
import Foundation

/// Options that every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: .long, help: ArgumentHelp("Inventory file or folder; may be given several times.", valueName: "path"),
        completion: .file())
    var inventory: [String] = []

    @Option(name: .long, help: ArgumentHelp("Folder of runbooks.", valueName: "path"), completion: .directory)
    var runbooks: String?

    @Option(
        name: .long, help: ArgumentHelp("Database of runs and audit records.", valueName: "file"),
        completion: .file(extensions: ["db"]))
    var db: String?

    @Option(name: .long, help: "Form of the result: text, json or jsonl.")
    var output: OutputFormat = .text

    @Option(name: .long, help: "Colours: auto, always or never.")
    var color: Style.When = .auto

    @Flag(name: .shortAndLong, help: "Only the result, no progress and no notes.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "More detail; twice for even more.")
    var verbose: Int

    /// The streams to write to.
    var terminal: Terminal {
        Terminal(
            color: color, isQuiet: quiet, verbosity: verbose, environment: ProcessInfo.processInfo.environment)
    }
}

/// The form in which a command prints its result.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument { case text, json, jsonl }

extension Style.When: ExpressibleByArgument {}
