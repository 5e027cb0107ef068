import Model
import SSH
import Supervisor
import Synchronization

/// Sessions with the inventory's nodes: one SSH connection a node, which all sessions with it share, a supervisor over it.
struct SSHNodeConnector: NodeConnector {
    let pool: SSHPool
    let targets: NodeTargets
    let secrets: @Sendable (String) async throws -> SecretBytes

    func connect(to node: Node) async throws -> any NodeSession {
        let target = try targets.target(of: node)
        let connection: SSHConnection
        do {
            connection = try await pool.join(target)
        } catch {
            throw SessionError(error)
        }
        let trust = await connection.trust
        let reference = node.become.method == .sudo ? node.become.password : nil
        let channels = ConnectionChannels(connection: connection, pool: pool, target: target)
        let session = try await SupervisedSession.open(
            over: channels, become: node.become, password: reference.map { password(of: node, trust: trust, $0) })
        return trust == .verified ? session : UnprovenSession(session: session, node: node.name)
    }

    /// The sudo password, for a node whose host key was recorded before.
    private func password(
        of node: Node, trust: HostKeyTrust, _ reference: String
    ) -> @Sendable () async throws -> SecretBytes {
        let secrets = secrets
        return {
            guard trust == .verified else {
                throw SessionError(
                    .hostKey, "The sudo password is not sent to \(node.name): its host key was not recorded before.",
                    hint: "Check the key, then: runbook nodes keys accept \(node.name)")
            }
            return try await secrets(reference)
        }
    }
}

/// Channels over one SSH connection.
private final class ConnectionChannels: SupervisorChannelOpener {
    private let connection: SSHConnection
    private let pool: SSHPool
    private let target: SSHTarget
    private let isLeft = Mutex(false)

    init(connection: SSHConnection, pool: SSHPool, target: SSHTarget) {
        self.connection = connection
        self.pool = pool
        self.target = target
    }

    func openChannel(command: String) async throws -> any SupervisorChannel {
        do throws(SSHError) {
            return ExecChannel(channel: try await connection.openExec(command))
        } catch {
            throw SessionError(error)
        }
    }

    func close() async {
        let wasLeft = isLeft.withLock { wasLeft in
            defer { wasLeft = true }
            return wasLeft
        }
        if !wasLeft { await pool.leave(connection, to: target) }
    }
}

private struct ExecChannel: SupervisorChannel {
    let channel: SSHExecChannel

    func send(_ bytes: [UInt8]) async throws {
        do throws(SSHError) {
            try await channel.write(bytes)
        } catch {
            throw SessionError(error)
        }
    }

    func receive() async throws -> SupervisorChannelEvent {
        do throws(SSHError) {
            return switch try await channel.next() {
            case .standardOutput(let bytes): .standardOutput(bytes)
            case .standardError(let bytes): .standardError(bytes)
            case .closed(.lost(let reason)): .closed(reason: reason)
            case .closed: .closed(reason: nil)
            }
        } catch {
            throw SessionError(error)
        }
    }

    func close() async { await channel.close() }
}
