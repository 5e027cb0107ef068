import Model

/// What must hold between runbooks and the support cases that they name.
struct CasesChecks {
    private let headings: Set<String>
    private let steps: Set<String>
    private let causes: Set<String>
    private let bag: DiagnosticBag

    init(cases: [SupportCase], bag: DiagnosticBag) {
        headings = Set(cases.map(\.heading))
        steps = Set(cases.flatMap(\.stepIDs))
        causes = Set(cases.flatMap(\.causeIDs))
        self.bag = bag
    }

    func check(_ runbook: Runbook) {
        if let heading = runbook.supportCase, !headings.contains(heading) {
            report("there is no support case '\(heading)'", runbook.position, heading, among: headings)
        }
        let parts =
            [(runbook.covers, runbook.position)] + (runbook.detect ?? []).map { ($0.covers, $0.position) }
            + runbook.diagnose.map { ($0.covers, $0.position) } + runbook.steps.map { ($0.covers, $0.position) }
            + runbook.always.map { ($0.covers, $0.position) }
        for (covers, position) in parts {
            for id in covers where !steps.contains(id) {
                report("no support case has a step '\(id)'", position, id, among: steps)
            }
        }
    }

    func check(_ plan: FaultPlan) {
        for fault in plan.faults {
            guard let id = fault.supportCase, !causes.contains(id) else { continue }
            report("no support case has a cause '\(id)'", fault.position, id, among: causes)
        }
    }

    private func report(_ message: String, _ position: SourcePosition, _ name: String, among known: Set<String>) {
        let near = Spelling.nearest(to: name, among: known.sorted())
        bag.error(
            at: position, SafeText(message).singleLine,
            hint: near.map { "did you mean '\($0)'?" } ?? "they are in \(RunbookFolders.casesFile)")
    }
}
