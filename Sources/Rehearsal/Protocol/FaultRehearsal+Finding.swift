import Model

extension FaultRehearsal {
    func findHealthy() async throws {
        let same = fault.independent.isEmpty ? nil : healthyBefore(selection)
        if same == nil { try await patiently(10) { try await mustBeFound(broken: false) } }
        try await patiently(same == nil ? 1 : 10) {
            if let proof = try await proof(), !proof.holds {
                throw Broken("the independent proof fails before there is a fault", proof.lines)
            }
        }
        if let same { throw Skipped("the same nodes, as new, were found healthy before '\(same)'") }
    }

    /// Tries again what does not hold: a node that has only just booted may need a moment.
    func patiently(_ attempts: Int, _ body: () async throws -> Void) async throws {
        for attempt in 1... {
            do {
                return try await body()
            } catch let error as Broken {
                if attempt == attempts { throw error }
                try await lab.pause(.seconds(2))
            }
        }
    }

    func inject() async throws {
        let clean = try await snapshots.settled()
        try await mustRun(fault.inject, "inject")
        broken = try await snapshots.settled()
        let proof = try await proof()
        if let proof, proof.holds { throw Broken("the independent proof holds in spite of the fault") }
        // A process or a connection can't be watched: then the proof has to show that something is broken.
        if broken == clean, proof == nil { throw Broken("nothing of what is watched was changed by the fault") }
    }

    /// How the plan is got.
    enum PlanRequest {
        case dryRun
        /// By an apply that nobody confirms, which makes a dry run before it asks: one call does for both.
        case unconfirmedApply

        var options: [String] { self == .dryRun ? ["--dry-run"] : [] }
    }

    /// By one call for both, but where it might ask for nothing, and for the fault for which the controller is killed.
    private var planRequest: PlanRequest {
        let isAsking = fault.ending != .advised && runbook.steps.allSatisfy { $0.gate != GateKind.none }
        return isAsking && !wantsKill ? .unconfirmedApply : .dryRun
    }

    /// By the call that gets the plan, which asks the same probes as every other command.
    func detect() async throws {
        let request = planRequest
        try await patiently(healthyBefore(selection) == nil ? 1 : 3) {
            do {
                try await mustChangeNothing("the dry run has changed something") {
                    let call = try await program(["apply", runbook.name] + request.options + selection)
                    rehearsed = (request, call)
                }
            } catch let error as Broken {
                meddling = error
            }
            guard let rehearsed else { throw Broken("there was no dry run") }
            try mustBeFound(rehearsed.call, fault.causes)
        }
    }

    func dryRun() throws {
        guard let rehearsed else { throw Skipped("there was none") }
        let (request, call) = rehearsed
        preview = call.plan
        if let meddling { throw meddling }
        guard request == .unconfirmedApply || call.result.status == 0, preview != nil else {
            throw Broken("the dry run failed", call.evidence)
        }
    }

    func applyUnconfirmed() async throws {
        guard let preview else { throw Skipped("there is no plan") }
        if let rehearsed, rehearsed.request == .unconfirmedApply { return try mustBeRefused(rehearsed.call) }
        guard preview.gate != .none else { throw Skipped("no step of it has a gate") }
        try await mustChangeNothing("without a confirmation something was changed") {
            try mustBeRefused(try await program(["apply", runbook.name, Self.withoutEvidence] + selection))
        }
    }

    private func mustBeRefused(_ call: ProgramOutcome) throws {
        guard call.result.status == 2 || call.result.status == 3 else {
            throw Broken("without a confirmation it was not refused", call.evidence)
        }
    }

    /// Takes away what detect asks with.
    func blind() async throws {
        let places = runbook.targets == .controller ? ["host"] : lab.names.names
        if places == ["host"] { throw Skipped("the controller's own commands are not taken away") }
        var taken: Set<String> = []
        for place in places {
            let result = try await lab.run(Self.blindScript, on: place, arguments: fault.blind)
            taken.formUnion(result.output.split(separator: "\n").map(String.init))
        }
        let call: ProgramOutcome
        do {
            let missing = Set(fault.blind).subtracting(taken).sorted()
            if !missing.isEmpty {
                throw Broken("there is no command \(missing.joined(separator: ", ")) that could be taken away")
            }
            call = try await program(["apply", runbook.name, "--yes", Self.withoutEvidence] + selection)
        } catch {
            for place in places { _ = try await lab.run(Self.unblindScript, on: place, arguments: []) }
            throw error
        }
        for place in places { _ = try await lab.run(Self.unblindScript, on: place, arguments: []) }
        for name in targets where call.outcome(of: name)?.outcome != .inconclusive {
            throw Broken(
                "without \(fault.blind.joined(separator: ", ")) \(name) ends \(call.outcome(of: name)?.outcome.rawValue ?? "nowhere")",
                call.evidence)
        }
        try await mustEqual(broken, "without its tools it has changed something")
    }

    static let blindScript = String(decoding: PackageResources.blind_sh, as: UTF8.self)
    static let unblindScript = String(decoding: PackageResources.unblind_sh, as: UTF8.self)
}
