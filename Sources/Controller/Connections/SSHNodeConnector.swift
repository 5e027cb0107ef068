import Model
import SSH
import Supervisor

/// Sessions with the inventory's nodes: one SSH connection a node, a supervisor over it.
struct SSHNodeConnector: NodeConnector {
    let pool: SSHPool
    let targets: NodeTargets
    let secrets: @Sendable (String) async throws -> SecretBytes

    func connect(to node: Node) async throws -> any NodeSession {
        let target = try targets.target(of: node)
        let connection: SSHConnection
        do {
            connection = try await pool.connection(to: target)
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
private struct ConnectionChannels: SupervisorChannelOpener {
    let connection: SSHConnection
    let pool: SSHPool
    let target: SSHTarget

    func openChannel(command: String) async throws -> any SupervisorChannel {
        do throws(SSHError) {
            return ExecChannel(channel: try await connection.openExec(command))
        } catch {
            throw SessionError(error)
        }
    }

    func close() async { await pool.drop(target) }
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
