import Model

extension JournalStore {
    /// Records which host keys were believed at first sight, by node.
    /// - Returns: what the operator has to know of it.
    func recordAccepted(_ keys: [String: String], run: RunID? = nil) async -> [String] {
        if keys.isEmpty { return [] }
        let nodes = NodeSet(names: keys.keys).folded
        do {
            try await record(
                AuditEntry(
                    actor: RunService.requester, action: .hostKeyAccepted, run: run, nodes: nodes, detail: keys))
        } catch {
            return ["Host keys of \(nodes) were recorded, which the journal could not keep: \(error)"]
        }
        return ["Host keys of \(nodes) were recorded at first sight: compare them with the consoles."]
    }
}

extension HostKeyChecking {
    /// What the operator has to know of it before anything begins; nil where it is nothing.
    var warning: String? {
        self == .off ? "host keys are not checked: what answers may be any machine" : nil
    }
}
