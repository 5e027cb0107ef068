import Engine
import Model

/// Begins the runs of jobs, each under the id that was claimed for its occurrence.
struct JobStarter: Sendable {
    let context: ServiceContext

    func requester(_ job: String) -> Requester { ScheduledJob.requester(job, service: context.requester) }

    /// Begins the run of an occurrence that is claimed. Where it can't begin, that is recorded, and it is not tried again.
    func begin(_ occurrence: OccurrenceRecord) async throws {
        guard let id = occurrence.run, await !context.keeper.isActive(id) else { return }
        guard let job = context.job(occurrence.job) else {
            return try await fail(occurrence, "There is no job of that name any more.")
        }
        do {
            let runs = context.runs
            let runbook = try runs.workspace.runbook(job.runbook)
            var prepared = try await runs.prepare(job.order(runbook, requester: requester(job.name), id: id))
            prepared.waitsForWindow = job.schedule.unattended == .wait
            context.report("job \(job.name): run \(id.short) of \(job.runbook) on \(prepared.nodes.folded)")
            await context.keeper.start(id) { [prepared] control in
                try await runs.carryOut(prepared, control: control, confirm: { _, _ in false }, observe: { _ in })
            }
        } catch {
            try await fail(occurrence, OperatorError(error)?.sentence ?? "\(error)")
        }
    }

    func fail(_ occurrence: OccurrenceRecord, _ text: String) async throws {
        context.report("job \(occurrence.job): \(text)")
        try await context.journal.fail(occurrence, text, by: requester(occurrence.job))
        await context.hooks.alert(context.journal, occurrence.job, text)
    }
}
