import ArgumentParser
import Controller
import Foundation
import Glibc
import Model

/// What `approve` and `deny` have in common: show, ask, sign, hand in, let the run go on.
struct DecisionRun {
    private let global: GlobalOptions
    private let options: DecisionOptions
    private let terminal: Terminal

    init(_ global: GlobalOptions, _ options: DecisionOptions) {
        self.global = global
        self.options = options
        terminal = global.terminal
    }

    func run(_ decision: ApprovalRecord.Decision, reason: String) async throws {
        let decisions = try await decisions()
        let matter = try await decisions.matter()
        if options.show {
            try show(matter)
            return try await decisions.close()
        }
        let signed: SignedStatement
        if let path = options.signed {
            signed = SignedStatement(
                statement: try StatementFile.read(path), signature: try StatementFile.read(path + ".sig"))
        } else {
            try confirm(decision, matter)
            if let path = options.write {
                let proposal = try await decisions.proposal(
                    DecisionRequest(decision, reason: reason, person: options.person))
                try StatementFile.write(proposal.statement, to: path)
                if global.output != .text {
                    try terminal.result(
                        ResultObject(
                            "statement_written",
                            [
                                "run": matter.pending.run.description, "plan": matter.pending.plan,
                                "decision": decision.rawValue, "path": path,
                            ]), as: global.output)
                }
                terminal.note("Sign it:  ssh-keygen -Y sign -n \(ApprovalDesk.namespace) -f KEY \(path)")
                terminal.note("Then:     runbook \(decision.rawValue) \(matter.pending.run.short) --signed \(path)")
                return try await decisions.close()
            }
            let signing = StatementSigning(
                keyFile: options.key, namespace: ApprovalDesk.namespace, terminal: terminal)
            signed = try await signing.sign { keys in
                try await decisions.proposal(DecisionRequest(decision, reason: reason, keys: keys))
            }
        }
        let outcome = try await decisions.give(signed)
        try await decisions.close()
        try tell(decision, matter, outcome)
    }

    private func decisions() async throws -> any Decisions {
        if let client = try Serving.client(global) {
            return try ServedDecisions(client, run: options.runName, step: options.step)
        }
        return try await LocalDecisions(Workspace(try global.settings), run: options.runName, step: options.step)
    }

    private func show(_ matter: DecisionMatter) throws {
        switch global.output {
        case .text: for line in MatterText(matter: matter, style: terminal.style).lines { terminal.result(line) }
        case .json, .jsonl:
            let keys: [String: Any] = [
                "pending": try JSONOutput.object(matter.pending), "plan": try JSONOutput.object(matter.plan),
            ]
            try terminal.result(ResultObject("approval_pending", keys), as: global.output)
        }
    }

    private func tell(
        _ decision: ApprovalRecord.Decision, _ matter: DecisionMatter, _ outcome: DecisionOutcome
    ) throws {
        let run = matter.pending.run
        let word = decision == .approve ? "approved" : "denied"
        if outcome.goesOn && !outcome.isAttended, try Serving.client(global) == nil {
            _ = try DetachedRun(arguments: [CommandLine.arguments[0], "resume", run.description] + places).start()
        }
        switch global.output {
        case .text:
            terminal.result("Plan \(matter.pending.plan.prefix(12)) of run \(run.short) is \(word).")
            let text = SafeText(outcome.text).singleLine
            let fate =
                switch (outcome.goesOn, decision) {
                case (false, _): text
                case (true, .deny): "The run ends."
                case (true, .approve) where outcome.isGranted:
                    "It goes on in the background. Follow it: runbook logs \(run.short) --follow"
                case (true, .approve): "The run ends, and changes nothing more: \(text)"
                }
            terminal.result(fate)
        case .json, .jsonl:
            let keys: [String: Any] = [
                "run": run.description, "plan": matter.pending.plan, "gate": matter.pending.gate,
                "decision": decision.rawValue, "goes_on": outcome.goesOn, "text": outcome.text,
            ]
            try terminal.result(ResultObject("decision_given", keys), as: global.output)
        }
    }

    /// The options that say where things are, for the process that goes on.
    private var places: [String] {
        var words = global.inventory.flatMap { ["--inventory", $0] }
        if let runbooks = global.runbooks { words += ["--runbooks", runbooks] }
        if let db = global.db { words += ["--db", db] }
        return words
    }

    /// Shows what is decided on and asks, unless its digest was named.
    private func confirm(_ decision: ApprovalRecord.Decision, _ matter: DecisionMatter) throws {
        if let digest = options.plan {
            guard matter.pending.plan.hasPrefix(digest) else {
                throw RequestError(
                    .refused, "Run \(matter.pending.run.short) waits with another plan: \(matter.pending.plan).",
                    hint: "Read that one before you decide.")
            }
            return
        }
        for line in MatterText(matter: matter, style: terminal.errorStyle).lines { terminal.complaint(line) }
        try Terminal.ask(
            decision == .approve ? "approve" : "deny",
            hint: "Name the plan that you have read: --plan \(matter.pending.plan.prefix(12))",
            refusal: "Nothing was decided.")
    }

    /// Asks for a key's passphrase without showing it.
    static func passphrase(_ path: String) -> String? {
        guard isatty(STDIN_FILENO) == 1, let bytes = getpass("Passphrase of \(SafeText(path).singleLine): ") else {
            return nil
        }
        return String(cString: bytes)
    }
}
