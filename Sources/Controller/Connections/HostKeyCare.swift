import Foundation
import Model
import SSH

/// Records and removes host keys, each time with an audit record.
package struct HostKeyCare: Sendable {
    package struct Result: Sendable {
        package var node: String
        package var text: String
        package var isGood: Bool
    }

    private let workspace: Workspace

    package init(_ workspace: Workspace) { self.workspace = workspace }

    /// Connects to each node and records its key. Nobody logs in for it to count: a refused login comes after the key.
    /// `announce` hears which nodes they are before any of them is touched.
    package func accept(
        _ selector: String, expected: Int?, announce: @Sendable (AddressedNodes) -> Void = { _ in }
    ) async throws -> [Result] {
        var settings = workspace.settings
        settings.hostKeys = .acceptNew
        let chosen = try await AddressedNodes(selector, of: workspace, expected: expected)
        try await checkAccess(chosen)
        announce(chosen)
        let connections = connections(settings, chosen.inventory)
        let results = await withTaskGroup(of: Result.self) { group in
            for node in chosen.all {
                group.addTask { await Self.accept(node, connections) }
            }
            return await group.reduce(into: [Result]()) { $0.append($1) }
        }
        await connections.close()
        try await record(.hostKeyAccepted, results.filter(\.isGood))
        return results.sorted { $0.node < $1.node }
    }

    /// Removes what is recorded for each node. `announce` hears which nodes they are first.
    package func forget(
        _ selector: String, expected: Int?, announce: @Sendable (AddressedNodes) -> Void = { _ in }
    ) async throws -> [Result] {
        // None of them is connected to.
        let chosen = try await AddressedNodes(selector, of: workspace, expected: expected, openFiles: .max)
        try await checkAccess(chosen)
        announce(chosen)
        let connections = connections(workspace.settings, chosen.inventory)
        var results: [Result] = []
        for node in chosen.all {
            let lines = try connections.hostKeys.forget(try connections.targets.target(of: node))
            results.append(
                Result(node: node.name, text: lines == 0 ? "nothing was recorded" : "forgotten", isGood: true))
        }
        await connections.close()
        try await record(.hostKeyForgotten, results)
        return results
    }

    private static func accept(_ node: Node, _ connections: SSHConnections) async -> Result {
        do {
            let target = try connections.targets.target(of: node)
            let before = try connections.hostKeys.list(target).count
            do throws(SSHError) {
                _ = try await connections.pool.connection(to: target)
            } catch {
                switch error.kind {
                case .authRefused, .passwordWithheld: break
                default: return Result(node: node.name, text: SessionError(error).description, isGood: false)
                }
            }
            let keys = try connections.hostKeys.list(target).map { "\($0.key.type) \($0.key.fingerprint)" }
            let text = Set(keys).sorted().joined(separator: ", ")
            return Result(node: node.name, text: (before == 0 ? "recorded " : "known already ") + text, isGood: true)
        } catch {
            return Result(node: node.name, text: "\(error)", isGood: false)
        }
    }

    private func connections(_ settings: Settings, _ inventory: Inventory) -> SSHConnections {
        let resolver = workspace.secrets
        return SSHConnections(settings: settings, inventory: inventory) { try await resolver.resolve($0) }
    }

    private func checkAccess(_ chosen: AddressedNodes) async throws {
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(.maintain, nodes: chosen.nodes, inventory: chosen.inventory)
        try await journal.close()
    }

    private func record(_ action: AuditAction, _ results: [Result]) async throws {
        guard !results.isEmpty else { return }
        let journal = try await workspace.journal()
        try await journal.record(
            AuditEntry(
                actor: RunService.requester, action: action, nodes: NodeSet(names: results.map(\.node)).folded,
                detail: Dictionary(results.map { ($0.node, $0.text) }, uniquingKeysWith: { first, _ in first })))
        try await journal.close()
    }
}
