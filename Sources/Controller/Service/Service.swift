import Engine
import Foundation
import Model

/// `runbook serve`: starts jobs, goes on with runs that waited, and does what else its parts do, until it is told to
/// stop.
package struct Service: Sendable {
    /// What it is told from outside.
    package enum Message: Sendable { case reload, stop }

    private let settings: Settings
    private let hooks: ServiceHooks
    private let clock: any EngineClock
    private let notify: SystemdNotifier
    private let report: @Sendable (String) -> Void

    /// `report` is told what happens, in sentences.
    package init(
        _ settings: Settings, hooks: ServiceHooks = ServiceHooks(), clock: any EngineClock = WallClock(),
        environment: [String: String] = [:], report: @escaping @Sendable (String) -> Void
    ) {
        self.settings = settings
        self.hooks = hooks
        self.clock = clock
        self.report = report
        notify = SystemdNotifier(environment: environment)
    }

    /// Works until a message says to stop, and returns when all runs are left in a state from which the next start goes
    /// on.
    /// - Throws: where it can't begin: another service, a wrong file, a journal that can't be opened, or that does
    ///   not go on from its anchors.
    package func run(_ messages: AsyncStream<Message>) async throws {
        let held = try HeldCatalogue(settings)
        let journal = try await Workspace(settings).journal()
        let lock = try ServiceLock(database: settings.database)
        try await AuditAnchoring(settings, journal: journal).check()
        defer { withExtendedLifetime(lock) {} }
        let requester = RunService.requester
        let keeper = RunKeeper(journal, report: report) { run, text in await giveUp(run, text, journal, requester) }
        let context = ServiceContext(
            settings, journal: journal, keeper: keeper, held: held, hooks: hooks, requester: requester, report: report)
        var parts: [any ServicePart] = [
            WaitingRunService(context, clock: clock), ScheduleService(context, clock: clock),
        ]
        parts += hooks.parts(journal)
        let heartbeat = Heartbeat(clock)
        if let period = notify.watchdog {
            let own = parts.prefix(2).map(\.name)
            parts.append(
                FunctionPart("watchdog", every: period / 3) { if heartbeat.isAlive(own) { notify.send("WATCHDOG=1") } })
        }
        let loop = Task { [parts] in await ServiceLoop(parts: parts, heartbeat: heartbeat, report: report).run() }
        notify.send("READY=1\nSTATUS=\(held.jobs.count) jobs")
        report("ready: \(held.jobs.count) jobs, \(held.runbooks.count) runbooks")
        await follow(messages, context)
        notify.send("STOPPING=1")
        report("stopping: steps in progress finish, and runs are gone on with at the next start")
        loop.cancel()
        let impatience = Task {
            for await message in messages where message == .stop { await keeper.hurry() }
        }
        defer { impatience.cancel() }
        await keeper.drain()
        await loop.value
        try await journal.close()
        report("stopped")
    }

    /// Returns when it is told to stop.
    private func follow(_ messages: AsyncStream<Message>, _ context: ServiceContext) async {
        for await message in messages {
            switch message {
            case .reload: reload(context)
            case .stop: return
            }
        }
    }

    private func reload(_ context: ServiceContext) {
        notify.send("RELOADING=1\nMONOTONIC_USEC=\(SystemdNotifier.monotonicMicroseconds)")
        do {
            let held = try HeldCatalogue(settings)
            context.take(held)
            report("reloaded: \(held.jobs.count) jobs, \(held.runbooks.count) runbooks")
            notify.send("READY=1\nSTATUS=\(held.jobs.count) jobs")
        } catch {
            let problems = (error as? DiagnosticsError)?.diagnostics.map(\.description) ?? ["\(error)"]
            for problem in problems.prefix(20) { report(problem) }
            report("not reloaded: what was read before is gone by. Mend it, then reload again.")
            notify.send("READY=1\nSTATUS=the last reload failed, what was read before is gone by")
        }
    }

    private func giveUp(_ run: RunID, _ text: String, _ journal: any JournalStore, _ requester: Requester) async {
        let occurrence = try? await journal.occurrences(of: nil, state: .started, limit: 10_000).first { $0.run == run }
        if let occurrence {
            try? await journal.fail(
                occurrence, text, by: ScheduledJob.requester(occurrence.job, service: requester))
            await hooks.alert(journal, occurrence.job, text)
        } else {
            try? await journal.leave(run: run)
        }
        report("run \(run.short): given up. Once it can go on: runbook resume \(run.short)")
    }
}
