import Catalog
import Model

/// An inventory and runbooks as they were read at one moment, which the service goes by until it reads them again.
package struct HeldCatalogue: Sendable {
    let loaded: LoadedInventory
    let runbooks: [String: Runbook]
    /// Jobs of the inventory, and of the runbooks whose targets it has, by name.
    package let jobs: [ScheduledJob]

    /// Reads everything anew.
    /// - Throws: `DiagnosticsError` with what is wrong with any of it.
    package init(_ settings: Settings) throws {
        let workspace = Workspace(settings)
        loaded = try workspace.declared()
        runbooks = Dictionary(uniqueKeysWithValues: try workspace.runbooks().map { ($0.name, $0) })
        _ = try CalendarBuilder(now: WallClock().wallTime()).calendars(loaded.calendars)
        jobs = try Self.jobs(loaded, runbooks)
    }

    private static func jobs(_ loaded: LoadedInventory, _ runbooks: [String: Runbook]) throws -> [ScheduledJob] {
        let declared = loaded.jobs
        var jobs = declared
        var problems: [Diagnostic] = []
        for runbook in runbooks.values.sorted(by: { $0.name < $1.name }) {
            guard let schedule = runbook.schedule else { continue }
            let job = ScheduledJob(
                name: runbook.name, runbook: runbook.name, schedule: schedule, position: runbook.position)
            if let other = declared.first(where: { $0.name == job.name }) {
                problems.append(
                    Diagnostic(
                        .error, at: other.position, "the job '\(job.name)' has the name of a runbook with a schedule",
                        hint: "the runbook is at \(runbook.position)"))
            }
            if isThere(runbook.targets, in: loaded) { jobs.append(job) }
        }
        for job in jobs {
            guard let runbook = runbooks[job.runbook] else {
                let near = Spelling.nearest(to: job.runbook, among: runbooks.keys.sorted())
                problems.append(
                    Diagnostic(
                        .error, at: job.position, "there is no runbook '\(job.runbook)'",
                        hint: near.map { "did you mean '\($0)'?" }))
                continue
            }
            do {
                _ = try ParameterBinding(runbook: runbook, given: job.parameterTexts)
                _ = try job.timing
            } catch {
                problems.append(Diagnostic(.error, at: job.position, "the job '\(job.name)' can't run: \(error)"))
            }
        }
        guard problems.isEmpty else { throw DiagnosticsError(problems) }
        return jobs.sorted { $0.name < $1.name }
    }

    /// Whether the inventory has what a runbook is for. Where programs list further nodes, only they could tell.
    private static func isThere(_ targets: Targets, in loaded: LoadedInventory) -> Bool {
        guard loaded.sources.isEmpty, case .nodes(let text) = targets else { return true }
        return (try? NodeSet(selecting: text, from: loaded.inventory)) != nil
    }
}
