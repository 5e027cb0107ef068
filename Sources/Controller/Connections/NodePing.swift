import Foundation
import Model

/// Greets nodes, many at once.
package struct NodePing: Sendable {
    package struct Result: Sendable {
        package var node: String
        package var identity: NodeIdentity?
        package var error: SessionError?
    }

    private let workspace: Workspace

    package init(_ workspace: Workspace) { self.workspace = workspace }

    /// One result a node, in node order.
    package func ping(_ selector: String, expected: Int?) async throws -> [Result] {
        let inventory = try await workspace.inventory()
        let nodes = try TargetSelection(inventory).nodes(selector)
        if let expected, expected != nodes.count { throw RequestError.unexpected(expected, nodes) }
        let resolver = workspace.secrets
        let connections = SSHConnections(settings: workspace.settings, inventory: inventory) {
            try await resolver.resolve($0)
        }
        let connector = connections.connector
        let results = await withTaskGroup(of: Result.self) { group in
            for node in nodes.names.compactMap({ inventory.nodes[$0] }) {
                group.addTask {
                    do {
                        let session = try await connector.connect(to: node)
                        let identity = session.identity
                        await session.close()
                        return Result(node: node.name, identity: identity, error: nil)
                    } catch let error as SessionError {
                        return Result(node: node.name, identity: nil, error: error)
                    } catch {
                        return Result(node: node.name, identity: nil, error: SessionError(.unreachable, "\(error)"))
                    }
                }
            }
            return await group.reduce(into: [Result]()) { $0.append($1) }
        }
        await connections.close()
        let byName = Dictionary(results.map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first })
        return nodes.names.compactMap { byName[$0] }
    }
}
