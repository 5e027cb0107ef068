import Model
import Synchronization

/// Sessions with nodes that are the machines that earlier runs worked on. One that is another machine now, whatever key
/// it shows, is refused until somebody has accepted its key since.
final class KnownMachines: NodeConnector {
    private let connector: any NodeConnector
    private let journal: any JournalStore
    private let run: RunID
    /// Host keys that were believed at first sight in this run, by node.
    private let accepted: @Sendable () -> [String: String]
    /// Nodes that were compared already: one may come back from a reboot with another id.
    private let compared = Mutex<Set<String>>([])

    init(
        _ connector: any NodeConnector, journal: any JournalStore, run: RunID,
        accepted: @escaping @Sendable () -> [String: String]
    ) {
        self.connector = connector
        self.journal = journal
        self.run = run
        self.accepted = accepted
    }

    func connect(to node: Node) async throws -> any NodeSession {
        let session = try await connector.connect(to: node)
        do {
            try await compare(session.identity.machineID, to: node)
        } catch {
            await session.close()
            throw error
        }
        return session
    }

    private func compare(_ machine: String, to node: Node) async throws {
        // Nodes that are booted from one image make themselves a new id each time.
        guard node.name != "controller", !machine.isEmpty, !node.connection.sharedHostKey,
            !compared.withLock({ $0.contains(node.name) })
        else { return }
        if let past = try await journal.lastMachine(of: node.name, besides: run), past.machineID != machine,
            try await !isAccepted(node.name, since: past.time)
        {
            throw SessionError(
                .hostKey,
                "\(node.name) is another machine than the one that run \(past.run.short) worked on: "
                    + "its machine-id differs.",
                hint: "If it was replaced or installed anew: runbook nodes keys accept \(node.name)")
        }
        compared.withLock { _ = $0.insert(node.name) }
    }

    private func isAccepted(_ node: String, since time: Int) async throws -> Bool {
        if accepted()[node] != nil { return true }
        let records = try await journal.auditRecords(
            AuditFilter(action: .hostKeyAccepted, since: time, newestFirst: true, limit: .max))
        return records.contains { $0.entry.detail[node] != nil }
    }
}

extension RunService {
    /// Sessions with the nodes of `prepared`. What changes nothing may look at any machine.
    func connector(of prepared: PreparedRun, _ connections: SSHConnections) -> any NodeConnector {
        guard prepared.header.kind.changesNodes, !workspace.settings.isRehearsal else { return connections.connector }
        return KnownMachines(connections.connector, journal: journal, run: prepared.header.id) {
            connections.hostKeys.accepted
        }
    }
}
