import Controller
import Foundation
import Model

/// The program itself, run as an operator runs it: a process of its own in the lab's network.
struct ProgramCall: Sendable {
    let lab: Lab
    /// This program's file.
    let program: String
    let runbooks: String
    let plugins: String
    /// Where its runs can be read.
    let journal: any JournalStore

    /// What a call did.
    struct Outcome: Sendable {
        var result: ChildProcess.Result
        /// Nil where no run began.
        var record: RunRecord?
        var plan: Plan?
        /// What failed steps printed last.
        var lastLines: [InvocationID: [String]] = [:]

        var state: RunState? { record?.state }

        /// How `node` ended.
        func outcome(of node: String) -> NodeOutcome? { state?.nodes[node]?.outcome }

        /// In lines, for a message.
        var evidence: [String] {
            let ends = (state?.targets ?? []).flatMap { name in
                let outcome = outcome(of: name)
                let step = outcome?.step.map { " in '\($0)'" } ?? ""
                return ["\(name): \(outcome?.outcome.rawValue ?? "no end")\(step) \(outcome?.text ?? "")"]
                    + (outcome?.invocation.flatMap { lastLines[$0] } ?? []).map { "    " + $0 }
            }
            return ["exit status \(result.status)"] + ends
                + result.error.split(separator: "\n").suffix(6).map(String.init)
        }
    }

    /// Environment of an operator in the lab.
    private var environment: [String: String] {
        [
            "HOME": lab.folder + "/home", "RUNBOOK_INVENTORY": lab.folder + "/inventory",
            "RUNBOOK_DB": lab.folder + "/runbook.db", "RUNBOOK_KNOWN_HOSTS": lab.folder + "/known_hosts",
            "RUNBOOK_SSH_CONFIG": lab.folder + "/ssh_config", "XDG_CONFIG_HOME": lab.folder + "/home/.config",
            "RUNBOOK_PLUGINS": plugins, "RUNBOOK_REHEARSAL": "1", "NO_COLOR": "1",
        ]
    }

    /// Calls it. `killWhen` sees each line of its events.
    func callAsFunction(
        _ arguments: [String], runbooks other: String? = nil, killWhen: (@Sendable (String) -> Bool)? = nil
    ) async throws -> Outcome {
        let words =
            [lab.command, "in", "--dir", lab.folder, program] + arguments
            + ["--runbooks", other ?? runbooks, "--output", "jsonl"]
        let result = try await ChildProcess(words, environment: environment)(killWhen: killWhen)
        guard let run = Self.run(in: result.output) else { return Outcome(result: result) }
        let record = try await RunRecord(run, in: journal)
        return Outcome(
            result: result, record: record, plan: try await journal.plan(of: record.id)?.plan,
            lastLines: try await journal.lastLines(record.state, count: 12))
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
