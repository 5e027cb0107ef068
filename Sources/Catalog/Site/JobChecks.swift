import Model

/// Holds the inventory's jobs against the runbooks that they run.
package struct JobChecks {
    private let site: LoadedInventory
    private let runbooks: [String: Runbook]
    /// Of all runbooks there are, wrong ones too.
    private let names: [String]

    package init(_ site: LoadedInventory, runbooks: [String: Runbook], names: [String]) {
        self.site = site
        self.runbooks = runbooks
        self.names = names
    }

    /// Jobs that could not run: their runbook, parameters or nodes are not there.
    package func problems() -> [Diagnostic] { site.jobs.flatMap(problems) }

    private func problems(of job: ScheduledJob) -> [Diagnostic] {
        guard names.contains(job.runbook) else {
            let near = Spelling.nearest(to: job.runbook, among: names)
            return [
                Diagnostic(
                    .error, at: job.position,
                    "the job '\(job.name)' runs '\(SafeText(job.runbook).singleLine)', and there is no such runbook",
                    hint: near.map { "did you mean '\($0)'?" } ?? "runbook list shows those there are")
            ]
        }
        // What is wrong with a runbook itself is told there.
        guard let runbook = runbooks[job.runbook] else { return [] }
        return parameterProblems(job, runbook) + nodeProblems(job, runbook)
    }

    private func parameterProblems(_ job: ScheduledJob, _ runbook: Runbook) -> [Diagnostic] {
        var problems: [Diagnostic] = []
        for (name, value) in job.schedule.parameters.sorted(by: { $0.key < $1.key }) {
            guard let parameter = runbook.parameters.first(where: { $0.name == name }) else {
                let near = Spelling.nearest(to: name, among: runbook.parameters.map(\.name))
                problems.append(
                    Diagnostic(
                        .error, at: job.position,
                        "the job '\(job.name)' gives '\(name)', and the runbook '\(runbook.name)' has no such parameter",
                        hint: near.map { "did you mean '\($0)'?" }))
                continue
            }
            do throws(ValueError) {
                _ = try parameter.value(converting: value)
            } catch {
                problems.append(
                    Diagnostic(
                        .error, at: job.position,
                        "the job '\(job.name)' gives '\(name)', and it does not fit: \(error.message)", hint: error.hint
                    ))
            }
        }
        for parameter in runbook.parameters where parameter.isNeeded && job.schedule.parameters[parameter.name] == nil {
            problems.append(
                Diagnostic(
                    .error, at: job.position,
                    "the job '\(job.name)' gives no '\(parameter.name)', which the runbook '\(runbook.name)' needs",
                    hint: "add it under 'parameters'"))
        }
        return problems
    }

    private func nodeProblems(_ job: ScheduledJob, _ runbook: Runbook) -> [Diagnostic] {
        guard case .nodes(let targets) = runbook.targets else {
            guard job.schedule.nodes != nil else { return [] }
            return [
                Diagnostic(
                    .error, at: job.position,
                    "the job '\(job.name)' names nodes, and the runbook '\(runbook.name)' works on the controller",
                    hint: "leave 'nodes' out")
            ]
        }
        guard site.knowsAllNodes else { return [] }
        let selector = job.schedule.nodes ?? targets
        if let fault = site.inventory.fault(selecting: selector) {
            return [
                Diagnostic(
                    .error, at: job.position, "the nodes of the job '\(job.name)' can't be told: \(fault.message)",
                    hint: fault.hint)
            ]
        }
        guard let nodes = try? NodeSet(selecting: selector, from: site.inventory),
            let widest = try? NodeSet(selecting: targets, from: site.inventory)
        else { return [] }
        let outside = nodes.subtracting(widest)
        guard !outside.isEmpty else { return [] }
        return [
            Diagnostic(
                .error, at: job.position,
                "the job '\(job.name)' is for \(outside.folded), and the runbook '\(runbook.name)' is not: its targets are \(targets)"
            )
        ]
    }
}
