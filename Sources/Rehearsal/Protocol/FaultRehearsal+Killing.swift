import Foundation
import Model

extension FaultRehearsal {
    /// Kills the controller before the first step, after the first that changed something, and after the last; if thorough,
    /// after each. Each time the run is resumed or rolled back, by turns.
    func kill() async throws {
        guard fault.ending == .remediated else { throw Skipped("it is not mended by a step") }
        guard wantsKill else { throw Skipped("held for one fault of a runbook, for all with --all") }
        guard let applied, applied.run != nil else { throw Skipped("there was no run") }
        let changed = applied.events.compactMap { recorded -> String? in
            guard case .stepEnded(_, let ending) = recorded.event, ending.purpose == .apply, ending.status == .changed
            else { return nil }
            return ending.name
        }
        let places = isThorough || changed.count < 3 ? changed : [changed[0], changed[changed.count - 1]]
        for (turn, step) in ([nil] + places.map(Optional.some)).enumerated() {
            try await kill(after: step, resumes: turn % 2 == 1)
        }
        let check = try await program(["db", "check"])
        if check.result.status != 0 { throw Broken("the database is not sound after the kills", check.result.tail) }
    }

    private func kill(after step: String?, resumes: Bool) async throws {
        let place = step.map { "after '\($0)'" } ?? "before the first step"
        let killed = try await program(["apply", runbook.name, "--yes", Self.withoutEvidence] + selection) {
            Self.isPlace($0, after: step)
        }
        guard let run = killed.run?.description else { throw Broken("no run began", killed.evidence) }
        guard killed.result.status == 128 + SIGKILL else {
            throw Broken("the controller was to be killed \(place), and ended before", killed.evidence)
        }
        if resumes {
            let resumed = try await program(["resume", run])
            try mustHaveStartedOnce(resumed, place)
            for name in targets where resumed.outcome(of: name)?.outcome != endOfMend {
                throw Broken(
                    "killed \(place) and resumed, \(name) ends \(resumed.outcome(of: name)?.outcome.rawValue ?? "nowhere")",
                    resumed.evidence)
            }
            if let proof = try await proof(), !proof.holds {
                throw Broken("killed \(place) and resumed, the independent proof fails", proof.lines)
            }
            return try await mustBeUndone(resumed, try await program(["rollback", run, "--yes"]))
        }
        let undone = try await program(["rollback", run, "--yes"])
        let changedNothing = targets.allSatisfy { undone.outcome(of: $0)?.outcome == .healthy }
        if changedNothing {
            try await mustEqual(broken, "killed \(place), the rollback finds nothing to undo, and something is changed")
        } else {
            do {
                try await mustBeUndone(killed, undone)
            } catch let error as Broken {
                throw Broken("killed \(place) and rolled back: \(error.text)", error.evidence)
            }
        }
    }

    /// No step was started twice.
    private func mustHaveStartedOnce(_ call: ProgramOutcome, _ place: String) throws {
        for (name, node) in call.state?.nodes ?? [:] {
            for step in node.steps.values {
                for attempt in step.attempts where attempt.starts > 1 {
                    throw Broken(
                        "killed \(place) and resumed, '\(step.name)' was started \(attempt.starts) times on \(name)")
                }
            }
        }
    }

    /// Whether an event says that the place is reached.
    private static func isPlace(_ line: String, after step: String?) -> Bool {
        struct Line: Decodable {
            var type: String
            var name: String?
            var purpose: String?
            var status: String?
        }
        guard let event = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)) else { return false }
        guard let step else { return event.type == "wave_started" }
        return event.type == "step_ended" && event.purpose == "apply" && event.name == step && event.status == "changed"
    }

    /// The remedies of the fault and of another cause change places in a copy of the runbook. Its probes stay, so the
    /// fault is found; what is done about it is what should not help.
    func applyWrongRemedy() async throws {
        guard fault.ending == .remediated else { throw Skipped("it is not mended by a step") }
        guard let wrong = fault.wrong else { throw Skipped("no other cause is named") }
        guard wantsWrongRemedy else { throw Skipped("held for one fault of a runbook, for all with --all") }
        let copy = try RunbookCopy(of: runbook, in: program.runbooks, at: lab.folder + "/wrong")
        defer { copy.remove() }
        try copy.exchange(fault.causes, wrong)
        let call = try await program(
            ["apply", runbook.name, "--yes", Self.withoutEvidence] + selection, runbooks: copy.folder)
        let harmless: Set<OutcomeClass> = [.rolledBack, .failed, .advised, .skipped]
        for name in targets {
            guard let outcome = call.outcome(of: name)?.outcome, harmless.contains(outcome) else {
                throw Broken(
                    "with the remedy of '\(wrong)' \(name) ends \(call.outcome(of: name)?.outcome.rawValue ?? "nowhere")",
                    call.evidence)
            }
        }
        if let proof = try await proof(), proof.holds {
            throw Broken("the remedy of '\(wrong)' mends it, says the independent proof", call.evidence)
        }
        let irreversible = Self.irreversible(call, targets)
        guard irreversible.values.allSatisfy(\.isEmpty) else {
            for name in targets where call.state?.nodes[name]?.failure?.response == .rollback {
                if let outcome = call.outcome(of: name) { try mustName(irreversible[name] ?? [], outcome) }
            }
            return try await renew()
        }
        if call.plan?.steps.contains(where: { $0.verb == "drain" }) == true, let run = call.run {
            // A node that is not mended stays drained; that alone is left to undo.
            _ = try await program(["rollback", run.description, "--yes"], runbooks: copy.folder)
        }
        try await mustEqual(broken, "what the remedy of '\(wrong)' did was not taken back")
        try await mustBeBrokenAgain()
    }
}
