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
        let workspace = Workspace(try global.settings)
        let service = try await RunService(workspace)
        let desk = ApprovalDesk(service)
        let matter = try await desk.matter(options.runName, step: options.step)
        let name = ApprovalDesk.namespace
        let statement: String
        let signature: String
        if let path = options.signed {
            statement = try StatementFile.read(path)
            signature = try StatementFile.read(path + ".sig")
        } else {
            try confirm(decision, matter)
            if let path = options.write {
                let text = try await desk.statement(
                    matter, decision, person: options.person ?? "", reason: reason
                ).canonical
                try StatementFile.write(text, to: path)
                terminal.note("Sign it:  ssh-keygen -Y sign -n \(name) -f KEY \(path)")
                terminal.note("Then:     runbook \(decision.rawValue) \(matter.pending.run.short) --signed \(path)")
                try await service.close()
                return
            }
            let signer = try await StatementSigner(
                workspace, keyFile: options.key, environment: ProcessInfo.processInfo.environment,
                passphrase: { Self.passphrase($0) })
            let choice = try await signer.choose(namespace: name, candidates: matter.pending.candidates)
            terminal.note("\(choice.person) signs with \(choice.fingerprint) (\(SafeText(choice.comment).singleLine)).")
            statement = try await desk.statement(matter, decision, person: choice.person, reason: reason).canonical
            signature = try await signer.sign(statement, namespace: name, with: choice)
        }
        let outcome = try await desk.give(matter, statement: statement, signature: signature)
        let isAttended = try await service.journal.isAttended(matter.pending.run)
        try await service.close()
        try tell(decision, matter, outcome, isAttended: isAttended)
    }

    private func tell(
        _ decision: ApprovalRecord.Decision, _ matter: ApprovalDesk.Matter, _ outcome: (goesOn: Bool, text: String),
        isAttended: Bool
    ) throws {
        let run = matter.pending.run
        let word = decision == .approve ? "approved" : "denied"
        if outcome.goesOn && !isAttended {
            _ = try DetachedRun(arguments: [CommandLine.arguments[0], "resume", run.description] + places).start()
        }
        switch global.output {
        case .text:
            terminal.result("Plan \(matter.pending.plan.prefix(12)) of run \(run.short) is \(word).")
            terminal.result(
                !outcome.goesOn
                    ? SafeText(outcome.text).singleLine
                    : decision == .deny
                        ? "The run ends."
                        : "It goes on in the background. Follow it: runbook logs \(run.short) --follow")
        case .json, .jsonl:
            terminal.result(
                try JSONOutput([
                    "run": run.description, "plan": matter.pending.plan, "gate": matter.pending.gate,
                    "decision": decision.rawValue, "goes_on": outcome.goesOn, "text": outcome.text,
                ]).text)
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
    private func confirm(_ decision: ApprovalRecord.Decision, _ matter: ApprovalDesk.Matter) throws {
        if let digest = options.plan {
            guard matter.pending.plan.hasPrefix(digest) else {
                throw RequestError(
                    .refused, "Run \(matter.pending.run.short) waits with another plan: \(matter.pending.plan).",
                    hint: "Read that one before you decide.")
            }
            return
        }
        for line in MatterText(matter: matter, style: terminal.errorStyle).lines { terminal.complaint(line) }
        guard isatty(STDIN_FILENO) == 1 else {
            throw RequestError(
                .refused, "There is no terminal to ask at.",
                hint: "Name the plan that you have read: --plan \(matter.pending.plan.prefix(12))")
        }
        let word = decision == .approve ? "approve" : "deny"
        Terminal.write("To \(word) it, type \(word): ", to: STDERR_FILENO)
        guard readLine()?.trimmingCharacters(in: .whitespaces) == word else {
            throw RequestError(.refused, "Nothing was decided.")
        }
    }

    /// Asks for a key's passphrase without showing it.
    static func passphrase(_ path: String) -> String? {
        guard isatty(STDIN_FILENO) == 1, let bytes = getpass("Passphrase of \(SafeText(path).singleLine): ") else {
            return nil
        }
        return String(cString: bytes)
    }
}
