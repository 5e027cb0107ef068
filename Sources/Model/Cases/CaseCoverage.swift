/// Which runbooks answer a support case, and where each of its steps is done and each of its causes is tried out.
package struct CaseCoverage: Sendable, Hashable, Codable {
    /// A part of a runbook that does a step.
    package struct Place: Sendable, Hashable, Codable {
        package var runbook: String
        /// `probe`, `evidence`, `finding`, `step`, `always` or `verify`; nil for the runbook as a whole.
        package var part: String?
        package var name: String?

        package init(runbook: String, part: String? = nil, name: String? = nil) {
            self.runbook = runbook
            self.part = part
            self.name = name
        }
    }

    /// A fault that shows a cause.
    package struct Trial: Sendable, Hashable, Codable {
        package var runbook: String
        package var fault: String

        package init(runbook: String, fault: String) {
            self.runbook = runbook
            self.fault = fault
        }
    }

    package var supportCase: SupportCase
    /// Names of the runbooks whose `case` it is, or that do one of its steps; sorted.
    package var runbooks: [String]
    /// By step id. Parts of a runbook stand before the runbook as a whole, which is left out where there are parts.
    package var steps: [String: [Place]]
    /// By cause id.
    package var causes: [String: [Trial]]

    /// Looks through `runbooks`, and the faults that they are tested with.
    package init(of supportCase: SupportCase, runbooks: [Runbook], faults: [FaultPlan]) {
        self.supportCase = supportCase
        let ids = Set(supportCase.stepIDs)
        var names: Set<String> = []
        var steps: [String: [Place]] = [:]
        for runbook in runbooks.sorted(by: { $0.name < $1.name }) {
            let parts = runbook.coveringParts
            for id in supportCase.stepIDs {
                let exact = parts.filter { $0.covers.contains(id) }.map(\.place)
                if !exact.isEmpty {
                    steps[id, default: []] += exact
                } else if runbook.covers.contains(id) {
                    steps[id, default: []].append(Place(runbook: runbook.name))
                }
            }
            let all = Set(runbook.covers + parts.flatMap(\.covers))
            if runbook.supportCase == supportCase.heading || !all.isDisjoint(with: ids) { names.insert(runbook.name) }
        }
        self.runbooks = names.sorted()
        self.steps = steps
        var causes: [String: [Trial]] = [:]
        for plan in faults.sorted(by: { $0.runbook < $1.runbook }) {
            for fault in plan.faults {
                guard let id = fault.supportCase, supportCase.causeIDs.contains(id) else { continue }
                causes[id, default: []].append(Trial(runbook: plan.runbook, fault: fault.id))
            }
        }
        self.causes = causes
    }

    /// Steps that no runbook does, in order.
    package var uncovered: [String] { supportCase.stepIDs.filter { steps[$0, default: []].isEmpty } }

    /// Causes that no fault shows, in order.
    package var untried: [String] { supportCase.causeIDs.filter { causes[$0, default: []].isEmpty } }
}

extension Runbook {
    /// Its probes, evidence, steps and checks, with the support steps that each of them does.
    package var coveringParts: [(covers: [String], place: CaseCoverage.Place)] {
        func place(_ part: String, _ name: String) -> CaseCoverage.Place {
            CaseCoverage.Place(runbook: self.name, part: part, name: name)
        }
        var parts: [([String], CaseCoverage.Place)] = []
        parts += (detect ?? []).map { ($0.covers, place("probe", $0.name)) }
        parts += diagnose.map { ($0.covers, place("evidence", $0.name)) }
        parts += steps.map { ($0.covers, place("step", $0.name)) }
        parts += always.map { ($0.covers, place("always", $0.name)) }
        parts += verify.compactMap { entry in
            guard case .probe(let probe) = entry else { return nil }
            return (probe.covers, place("verify", probe.name))
        }
        return parts.filter { !$0.0.isEmpty }
    }
}
