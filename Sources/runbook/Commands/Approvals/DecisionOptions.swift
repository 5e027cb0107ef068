import ArgumentParser
import Controller
import Foundation

/// Options of the commands that decide on a plan.
struct DecisionOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The run: its id, the id's beginning, or 'last'.", valueName: "run"), completion: .runs)
    var runName: String
    @Option(help: "The step that the run must wait in.") var step: String?
    @Option(
        help: ArgumentHelp(
            "The digest, or its beginning, of the plan that you have read; you are not asked.",
            valueName: "digest"))
    var plan: String?
    @Option(
        help: ArgumentHelp("The private key, or the public one of a key in your agent.", valueName: "file"),
        completion: .file())
    var key: String?
    @Option(help: ArgumentHelp("Write the statement here, to be signed elsewhere.", valueName: "file")) var write:
        String?
    @Option(name: .customLong("as"), help: ArgumentHelp("With --write: who will sign it.", valueName: "person"))
    var person: String?
    @Option(
        help: ArgumentHelp("Take this statement, whose signature is beside it as FILE.sig.", valueName: "file"),
        completion: .file())
    var signed: String?

    @Flag(help: "Show what is to be decided on, and decide nothing.") var show = false

    func check() throws {
        if show && (write != nil || signed != nil || key != nil) {
            throw ValidationError("--show decides nothing: leave --write, --signed and --key out.")
        }
        if write != nil && signed != nil { throw ValidationError("--write and --signed exclude each other.") }
        if key != nil && (write != nil || signed != nil) {
            throw ValidationError("--key signs here: leave --write and --signed out.")
        }
        if person != nil && write == nil { throw ValidationError("--as goes with --write.") }
        if write != nil && person == nil { throw ValidationError("--write needs --as: who will sign it?") }
        if let plan, plan.count < 8 { throw ValidationError("--plan takes at least 8 digits of the digest.") }
    }
}

/// Files that statements and signatures travel in.
enum StatementFile {
    /// The text of the file at `path`.
    static func read(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path), data.count < 1 << 20,
            let text = String(data: data, encoding: .utf8)
        else { throw RequestError(.usage, "The file \(path) can't be read.") }
        return text
    }

    /// Writes a file that must not be there yet.
    static func write(_ text: String, to path: String) throws {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
        } catch {
            throw RequestError(.usage, "The file \(path) can't be written, or is there already.")
        }
    }
}
