import Foundation
import Model

/// Greets nodes, many at once.
package struct NodePing: Sendable {
    package struct Result: Sendable {
        package var node: String
        package var identity: NodeIdentity?
        package var error: SessionError?
        /// Whether sudo on the node keeps all that it is given, so that steps with secrets are refused there.
        package var recordsInput = false
    }

    /// What came of it.
    package struct Report: Sendable {
        /// One result a node, in node order.
        package var results: [Result]
        /// What the operator has to know afterwards.
        package var notices: [String]
    }

    private let workspace: Workspace

    package init(_ workspace: Workspace) { self.workspace = workspace }

    /// Greets the nodes of `selector`. `announce` hears which they are before any of them is touched.
    package func ping(
        _ selector: String, expected: Int?, announce: @Sendable (AddressedNodes) -> Void = { _ in }
    ) async throws -> Report {
        var asked = try await AddressedNodes(selector, of: workspace, expected: expected)
        if let warning = workspace.settings.hostKeys?.warning { asked.warnings.append(warning) }
        let journal = try await workspace.journal()
        try await AccessGuard(workspace, journal).require(.diagnose, nodes: asked.nodes, inventory: asked.inventory)
        if workspace.settings.hostKeys == .off {
            try await journal.record(
                AuditEntry(actor: RunService.requester, action: .hostKeysUnchecked, nodes: asked.nodes.folded))
        }
        announce(asked)
        let resolver = workspace.secrets
        let connections = SSHConnections(settings: workspace.settings, inventory: asked.inventory) {
            try await resolver.resolve($0)
        }
        let results = await greet(asked.all, connections.connector)
        await connections.close()
        let notices = await journal.recordAccepted(connections.hostKeys.accepted)
        try await journal.close()
        return Report(results: results, notices: notices)
    }

    private func greet(_ nodes: [Node], _ connector: any NodeConnector) async -> [Result] {
        let results = await withTaskGroup(of: Result.self) { group in
            for node in nodes {
                group.addTask {
                    do {
                        let session = try await connector.connect(to: node)
                        let result = Result(
                            node: node.name, identity: session.identity, recordsInput: session.recordsInput)
                        await session.close()
                        return result
                    } catch let error as SessionError {
                        return Result(node: node.name, identity: nil, error: error)
                    } catch {
                        return Result(node: node.name, identity: nil, error: SessionError(.unreachable, "\(error)"))
                    }
                }
            }
            return await group.reduce(into: [Result]()) { $0.append($1) }
        }
        let byName = Dictionary(results.map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first })
        return nodes.compactMap { byName[$0.name] }
    }
}
