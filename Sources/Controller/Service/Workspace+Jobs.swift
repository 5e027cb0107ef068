import Engine
import Governance
import Model

/// A job as it is looked at: what is declared of it and what is kept.
package struct JobOverview: Sendable, Encodable {
    package var job: String
    package var runbook: String
    package var cron: String
    package var timezone: String
    package var unattended: String
    /// Milliseconds since 1970; nil where it does not come again.
    package var next: Int?
    /// The same as a person reads it, in the job's zone.
    package var nextText: String?
    package var pausedBy: String?
    /// What became of its last occurrence.
    package var last: OccurrenceRecord?
}

extension Workspace {
    /// All jobs, and why they are suspended, if they are.
    package func jobOverviews(_ journal: any JournalStore) async throws -> (jobs: [JobOverview], suspension: String?) {
        let now = WallClock().wallTime()
        let records = try await journal.jobRecords()
        var overviews: [JobOverview] = []
        for job in try jobs() {
            let timing = try job.timing
            let next = timing.next(after: now)?.start
            overviews.append(
                JobOverview(
                    job: job.name, runbook: job.runbook, cron: job.schedule.cron, timezone: job.schedule.timezone,
                    unattended: job.schedule.unattended.rawValue, next: next, nextText: next.map(timing.zone.text),
                    pausedBy: records.first { $0.job == job.name }?.pausedBy,
                    last: try await journal.occurrences(of: job.name, state: nil, limit: 1).first))
        }
        return (overviews, try await journal.clockState().suspension)
    }

    /// The next starts of a job, in milliseconds since 1970 and as a person reads them.
    package func nextStarts(of name: String, count: Int) throws -> [(moment: Int, text: String)] {
        let timing = try job(name).timing
        var starts: [(moment: Int, text: String)] = []
        var moment = WallClock().wallTime()
        while starts.count < count, let next = timing.next(after: moment) {
            starts.append((next.start, timing.zone.text(next.start)))
            moment = next.occurrence
        }
        return starts
    }

    /// A run of a job by hand: what the job would do, asked for by who types it.
    package func order(ofJob name: String) throws -> RunOrder {
        let job = try job(name)
        var order = job.order(try runbook(job.runbook), requester: RunService.requester, id: RunService.newRunID())
        order.unattended = nil
        return order
    }

    /// Pauses a job, or lets it go on.
    /// - Throws: `RequestError` where that is so already.
    package func setPaused(_ isPaused: Bool, job name: String, in journal: any JournalStore) async throws {
        let job = try job(name)
        _ = try await journal.register(job: job.name, definition: job.definition)
        guard try await journal.setPaused(isPaused, job: name, by: RunService.requester) else {
            throw RequestError(.refused, "Job '\(name)' is \(isPaused ? "paused already" : "not paused").")
        }
    }
}
