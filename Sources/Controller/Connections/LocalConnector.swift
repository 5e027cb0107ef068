import Model
import Supervisor

/// Sessions with the controller itself, under the same supervisor.
struct LocalConnector: NodeConnector {
    let environment: [String: String]

    func connect(to node: Node) async throws -> any NodeSession {
        try await SupervisedSession.open(
            over: LocalChannelOpener(environment: environment), become: BecomeSettings(), password: nil)
    }
}

/// Sessions with whatever is a target: a node, or the controller by its reserved name.
struct TargetConnector: NodeConnector {
    let nodes: SSHNodeConnector
    let controller: LocalConnector

    func connect(to node: Node) async throws -> any NodeSession {
        node.name == "controller" ? try await controller.connect(to: node) : try await nodes.connect(to: node)
    }
}
