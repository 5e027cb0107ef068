import Controller
import Foundation
import Model

/// The program itself, run as an operator runs it: a process of its own in the lab's network.
struct ProgramCall: TestedProgram {
    let lab: Lab
    /// This program's file.
    let program: String
    let runbooks: String
    let plugins: String
    /// Where its runs can be read.
    let journal: any JournalStore

    /// Environment of an operator in the lab.
    private var environment: [String: String] {
        [
            "HOME": lab.folder + "/home", "RUNBOOK_INVENTORY": lab.folder + "/inventory",
            "RUNBOOK_DB": lab.folder + "/runbook.db", "RUNBOOK_KNOWN_HOSTS": lab.folder + "/known_hosts",
            "RUNBOOK_SSH_CONFIG": lab.folder + "/ssh_config", "XDG_CONFIG_HOME": lab.folder + "/home/.config",
            "RUNBOOK_PLUGINS": plugins, "RUNBOOK_REHEARSAL": "1", "NO_COLOR": "1",
        ]
    }

    func call(
        _ arguments: [String], runbooks other: String?, killWhen: (@Sendable (String) -> Bool)?
    ) async throws -> ProgramOutcome {
        let words =
            [lab.command, "in", "--dir", lab.folder, program] + arguments
            + ["--runbooks", other ?? runbooks, "--output", "jsonl"]
        let result = try await ChildProcess(words, environment: environment)(killWhen: killWhen)
        guard let run = Self.run(in: result.output) else { return ProgramOutcome(result: result) }
        let record = try await RunRecord(run, in: journal)
        return ProgramOutcome(
            result: result, events: record.events, plan: try await journal.plan(of: record.id)?.plan,
            lastLines: try await journal.lastLines(record.state, count: 12))
    }

    func outputs(of run: RunID, on node: String) async throws -> Set<String> {
        let outputs = try await journal.outputs(of: run, nodes: [node], step: nil)
        return Set(outputs.filter { $0.bytes > 0 }.map(\.name))
    }

    /// The run that a call's events are of.
    private static func run(in output: String) -> String? {
        struct Line: Decodable { var run: String? }
        for line in output.split(separator: "\n").reversed() {
            if let run = (try? JSONDecoder().decode(Line.self, from: Data(line.utf8)))?.run { return run }
        }
        return nil
    }
}
