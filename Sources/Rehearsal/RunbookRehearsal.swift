import Controller
import Foundation
import Model

/// Tries faults of one runbook, one after the other, on nodes that are booted once and reset for each.
struct RunbookRehearsal: Sendable {
    let runbook: Runbook
    let plan: FaultPlan
    /// Which of them, by id.
    var faults: [Fault]
    let request: RehearsalRequest
    let lab: String
    /// Of the faults of the whole file, those for which the costly steps are held.
    let killed: Set<String>
    let wronglyMended: Set<String>

    /// How long it takes beside others, roughly: the costly steps count as faults of their own, and for each the nodes are
    /// booted anew.
    var weight: Int {
        faults.reduce(0) {
            $0 + 1 + (killed.contains($1.id) ? 2 : 0) + (wronglyMended.contains($1.id) ? 1 : 0)
        } * (2 + plan.nodes.count)
    }

    /// Whether nothing else is played meanwhile.
    var isAlone: Bool { faults.contains(where: \.isAlone) }

    /// The same with fewer faults.
    func only(_ faults: [Fault]) -> RunbookRehearsal {
        var part = self
        part.faults = faults
        return part
    }

    /// Tries them. Where what fails `isTriedAgain`, a failure of the lab ends it with the reports that it came to.
    func run(
        isTriedAgain: Bool, _ observe: @escaping @Sendable (RehearsalEvent) -> Void
    ) async throws -> [FaultReport] {
        let folder = request.workFolder + "/\(runbook.name)-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let lab = Lab(
            command: lab, folder: folder, nodes: plan.nodes, impliedGroup: impliedGroup,
            outlives: request.keepsBroken)
        observe(.nodesStarting(runbook: runbook.name, nodes: lab.names.folded))
        do {
            let (reports, keeps) = try await run(on: lab, isTriedAgain: isTriedAgain, observe)
            if keeps {
                observe(.kept(runbook: runbook.name, lab: self.lab, folder: folder))
            } else {
                await lab.stop()
            }
            return reports
        } catch {
            await lab.stop()
            throw error
        }
    }

    private func run(
        on lab: Lab, isTriedAgain: Bool, _ observe: @escaping @Sendable (RehearsalEvent) -> Void
    ) async throws -> (reports: [FaultReport], keeps: Bool) {
        try await lab.start()
        var settings = request.settings
        settings.database = lab.folder + "/runbook.db"
        let journal = try await Workspace(settings).journal()
        let program = ProgramCall(
            lab: lab, program: request.program, runbooks: request.runbooks, plugins: request.plugins, journal: journal)
        var reports: [FaultReport] = []
        var keeps = false
        var healthy: [[String]: String] = [:]
        do {
            for (number, fault) in faults.enumerated() where !keeps {
                if number > 0 { try await lab.reset() }
                let rehearsal = FaultRehearsal(
                    fault: fault, plan: plan, runbook: runbook, lab: lab, program: program,
                    wantsKill: killed.contains(fault.id), wantsWrongRemedy: wronglyMended.contains(fault.id),
                    isThorough: request.isThorough, healthyBefore: { [healthy] in healthy[$0] }
                ) { observe(.checked(runbook: runbook.name, fault: fault.id, $0)) }
                let report = try await rehearsal.run()
                reports.append(report)
                if report.checks.first?.status == .held { healthy[rehearsal.selection] = fault.id }
                observe(.ended(report))
                keeps = request.keepsBroken && !report.held
            }
            try await journal.close()
        } catch {
            try? await journal.close()
            guard isTriedAgain, !(error is CancellationError) else { throw error }
            observe(.failed(runbook: runbook.name, "\(error)"))
        }
        return (reports, keeps)
    }

    /// The group that the targets name, where no node of the test is in it.
    private var impliedGroup: String? {
        guard case .nodes(let selector) = runbook.targets, selector.hasPrefix("@"), selector != "@*" else { return nil }
        let group = String(selector.dropFirst())
        guard group.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }) else { return nil }
        return plan.nodes.contains { $0.roles.contains(group) || $0.groups.contains(group) } ? nil : group
    }
}
