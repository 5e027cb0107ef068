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
