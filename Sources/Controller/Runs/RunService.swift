import Engine
import Foundation
import Model
import Plugins
import Supervisor

/// How a run is told to stop.
package typealias RunControl = Engine.RunControl

/// Prepares runs, carries them out and reads them back: what the command line asks for.
package struct RunService: Sendable {
    package let workspace: Workspace
    package let journal: any JournalStore

    /// The user of this process.
    package static var requester: Requester { Requester.current(environment: ProcessInfo.processInfo.environment) }

    /// Opens the journal.
    package init(_ workspace: Workspace) async throws {
        self.init(workspace, journal: try await workspace.journal())
    }

    /// Uses a journal that is open.
    package init(_ workspace: Workspace, journal: any JournalStore) {
        self.workspace = workspace
        self.journal = journal
    }

    package func close() async throws { try await journal.close() }

    /// The anchors of this installation's audit chain.
    package var anchoring: AuditAnchoring { AuditAnchoring(workspace.settings, journal: journal) }

    /// Carries `prepared` out. `confirm` is asked with the plan before the first change, where its gate asks for it.
    package func carryOut(
        _ prepared: PreparedRun, control: RunControl, confirm: @escaping @Sendable (Plan, String) async -> Bool,
        observe: @escaping @Sendable (RecordedEvent) -> Void
    ) async throws -> RunEndState {
        try await with(prepared, control: control, confirm: confirm, observe: observe) { engine, request in
            switch prepared.header.kind {
            case .diagnose: try await engine.diagnose(request, control: control)
            case .plan: try await engine.plan(request, control: control).state
            case .exec: try await engine.exec(request, become: prepared.become, control: control)
            case .apply, .rollback: try await engine.apply(request, approved: prepared.approved, control: control)
            }
        }
    }

    /// Undoes the run that `prepared` names.
    package func carryOutRollback(
        _ prepared: PreparedRun, control: RunControl, observe: @escaping @Sendable (RecordedEvent) -> Void
    ) async throws -> RunEndState {
        guard let parent = prepared.parent else { throw RequestError(.usage, "There is no run to undo.") }
        let past = try await past(of: parent)
        let later = try await journal.laterRuns(than: parent, touching: Set(past.state.targets))
        let rollbacks = try await journal.rollbacks(of: parent, among: later)
        return try await with(prepared, control: control, confirm: { _, _ in true }, observe: observe) {
            engine, request in
            try await engine.rollback(
                request, past: past, later: later, rollbacks: rollbacks, force: prepared.isForced, control: control)
        }
    }

    /// Goes on with the run named `name`. Nobody is asked: `isConfirmed` says whether whoever may has confirmed it.
    /// `expected` is how many nodes it has to be about; `announce` hears what is gone on with, before anything is done.
    /// With `isTakenUp` this process is a service that was torn away from the run: whoever asked for it must be allowed it.
    package func resume(
        _ name: String, expected: Int? = nil, control: RunControl, unattended: Schedule.Unattended? = nil,
        isConfirmed: Bool = true, isTakenUp: Bool = false, announce: @Sendable (PreparedRun) -> Void = { _ in },
        observe: @escaping @Sendable (RecordedEvent) -> Void
    ) async throws -> RunEndState {
        let summary = try await journal.run(named: name)
        // A run that waited goes on because others have approved it; it is its requester's still.
        let header = try await journal.header(of: summary.id)
        if let expected, expected != header.targets.count { throw RequestError.unexpected(expected, header.targets) }
        try await AccessGuard(workspace, journal).require(
            summary.kind.access, runbook: summary.runbook, nodes: header.targets, run: summary.id,
            as: summary.phase.isWaiting || isTakenUp ? header.requester : Self.requester)
        try await anchoring.check()
        try await journal.adopt(run: summary.id)
        var prepared = try await preparePast(summary, header: header, force: false)
        prepared.unattended = unattended
        prepared.waitsForWindow = true
        announce(prepared)
        prepared.breakGlass = try await journal.gates(of: summary.id).first { $0.used != nil }?.breakGlass
        let past = try await past(of: summary.id)
        var undone: RunPast?
        if let parent = prepared.parent { undone = try await self.past(of: parent) }
        let changer = prepared.parent ?? summary.id
        let later = try await journal.laterRuns(than: changer, touching: Set((undone ?? past).state.targets))
        let rollbacks = try await journal.rollbacks(of: changer, among: later)
        return try await with(prepared, control: control, confirm: { _, _ in isConfirmed }, observe: observe) {
            [undone] engine, request in
            var request = request
            request.header.requester = Self.requester
            return try await engine.resume(
                request, past: past, undone: undone, later: later, rollbacks: rollbacks, control: control)
        }
    }

    private func with(
        _ prepared: PreparedRun, control: RunControl, confirm: @escaping @Sendable (Plan, String) async -> Bool,
        observe: @escaping @Sendable (RecordedEvent) -> Void,
        _ work: @Sendable (RunEngine, RunRequest) async throws -> RunState
    ) async throws -> RunEndState {
        let run = prepared.header.id
        if prepared.header.kind.changesNodes { try await anchoring.check() }
        let secrets = secrets(of: run)
        let connections = SSHConnections(settings: workspace.settings, inventory: prepared.inventory, secrets: secrets)
        let windows = WindowGate(workspace, journal: journal)
        let environment = runEnvironment(
            prepared, connections, windows, secrets, confirm: confirm, observe: observe)
        var request = RunRequest(
            header: prepared.header, runbook: prepared.runbook, inventory: prepared.inventory,
            targets: prepared.targets, parameters: prepared.parameters, fanout: workspace.settings.fanout,
            allowsSharedMachines: workspace.settings.allowsSharedMachines, triedRungs: prepared.triedRungs,
            supervisorVersion: SupervisorScript.version)
        if let window = prepared.runbook.window, prepared.waitsForWindow {
            request.windowEnd = await windows.end(window.calendar)
        }
        let watcher = Task { await RunCancellation(workspace.settings).watch(run, control) }
        let anchors = Task { [anchoring] in
            while (try? await Task.sleep(for: AuditAnchoring.interval)) != nil { await anchoring.anchor() }
        }
        defer { for task in [watcher, anchors] { task.cancel() } }
        let courier = announce(prepared)
        let state: RunState
        do {
            state = try await work(RunEngine(environment), request)
        } catch {
            await connections.close()
            _ = await journal.recordAccepted(connections.hostKeys.accepted, run: run)
            await courier?.finish()
            throw error
        }
        await connections.close()
        var notices = await journal.recordAccepted(connections.hostKeys.accepted, run: run)
        await courier?.finish()
        if prepared.header.kind.changesNodes { notices += await anchoring.anchor() }
        if courier != nil { notices += await undelivered(run) }
        let status = state.ending?.exitStatus ?? (state.phase.isWaiting ? 3 : 70)
        return RunEndState(
            state: state, plan: try await journal.plan(of: run), exitStatus: control.isInterrupted ? 130 : status,
            notices: notices)
    }

    /// Has whoever the runbook and the inventory name told of the run, if it changes anything or is a job's.
    private func announce(_ prepared: PreparedRun) -> Courier? {
        guard !workspace.settings.isRehearsal,
            prepared.header.kind == .apply || prepared.header.kind == .rollback || prepared.unattended != nil
        else { return nil }
        guard !prepared.notifications.isEmpty else { return nil }
        journal.announce(prepared.notifications, of: prepared.header.id)
        return Courier(NotificationDesk(workspace, journal))
    }

    /// What has to be known of messages that did not arrive.
    private func undelivered(_ run: RunID) async -> [String] {
        let messages = ((try? await journal.outbox(nil, limit: 200)) ?? []).filter {
            $0.run == run && $0.state != .sent
        }
        return messages.map { message in
            "'\(message.receiver)' was not told yet (\(message.occasion.key)): "
                + (message.error.isEmpty ? "it takes its time" : message.error) + " See: runbook notify outbox"
        }
    }

    /// Gives secrets, which the journal hides from then on in what is recorded of the run.
    private func secrets(of run: RunID) -> SSHConnections.Secrets {
        let resolver = workspace.secrets
        let journal = journal
        return { reference in
            let bytes = try await resolver.resolve(reference)
            journal.hide([bytes], run: run)
            return bytes
        }
    }

    private func runEnvironment(
        _ prepared: PreparedRun, _ connections: SSHConnections, _ windows: WindowGate,
        _ secret: @escaping SSHConnections.Secrets,
        confirm: @escaping @Sendable (Plan, String) async -> Bool,
        observe: @escaping @Sendable (RecordedEvent) -> Void
    ) -> RunEnvironment {
        let run = prepared.header.id
        let key = SecretDigestKey(workspace.settings)
        let journal = journal
        let anchoring = anchoring
        let connector = connector(of: prepared, connections)
        let scheduler = SchedulerState(
            inventory: prepared.inventory, connector: connections.connector, run: run)
        var environment = RunEnvironment(
            connector: connector, controller: LocalConnector(environment: ProcessInfo.processInfo.environment),
            log: AnchoredLog(SourcedLog(journal: journal, sources: prepared.sources)) { await anchoring.anchor() },
            clock: WallClock(),
            gates: gates(prepared, windows, confirm: confirm),
            compiler: VerbLowering(
                roles: prepared.inventory.roles, plugins: PluginLibrary(workspace.settings).pins(prepared.runbook)),
            secrets: secret,
            secretDigest: { reference in try key.digest(try await secret(reference)) })
        environment.hostKeys = { node in connections.fingerprints(of: [node])[node.name] ?? [] }
        if !prepared.runbook.strategy.limits.isEmpty { environment.outOfService = { await scheduler.outOfService() } }
        environment.remember = { attempt in try await journal.remember(attempt) }
        let runbook = prepared.runbook.name
        environment.pastWaves = { (try? await journal.waves(of: runbook, limit: 200)) ?? [] }
        environment.isCarriedOut = { run in
            guard (try? await journal.run(named: run.description)) != nil else { return nil }
            return try? await journal.isAttended(run)
        }
        environment.observe = observe
        return environment
    }

    /// What the journal knows of a run.
    private func past(of run: RunID) async throws -> RunPast {
        let captures = Dictionary(
            try await journal.captures(of: run, node: nil).map { ($0.sequence, $0.bytes) },
            uniquingKeysWith: { first, _ in first })
        let events = try await RunRecord.events(of: run, in: journal).map { recorded in
            guard case .captured(let node, let step, var capture) = recorded.event,
                let bytes = captures[recorded.sequence] ?? nil
            else { return recorded }
            capture.bytes = bytes
            var whole = recorded
            whole.event = .captured(node: node, step: step, capture)
            return whole
        }
        let state = RunState(events)
        let journal = journal
        return RunPast(
            state: state, plan: try await journal.plan(of: run)?.plan,
            output: { try await journal.output(of: $0, stream: $1, from: 0, limit: $2) })
    }
}
