import Foundation
import Model
import SSH

/// The program's SSH connections, with what they share.
package struct SSHConnections: Sendable {
    let pool: SSHPool
    let hostKeys: HostKeyStore
    let targets: NodeTargets

    /// Nothing is connected yet.
    init(settings: Settings, inventory: Inventory) {
        targets = NodeTargets(settings: settings, inventory: inventory)
        hostKeys = HostKeyStore(paths: settings.knownHosts ?? targets.knownHosts)
        var limits = SSHPool.Limits()
        limits.starts = settings.fanout
        pool = SSHPool(SSHContext(hostKeys: hostKeys), limits: limits)
    }

    /// Sessions with nodes, and with the controller itself where it is a target. `secrets` gives sudo's passwords.
    func connector(secrets: @escaping @Sendable (String) async throws -> SecretBytes) -> any NodeConnector {
        TargetConnector(
            nodes: SSHNodeConnector(pool: pool, targets: targets, secrets: secrets),
            controller: LocalConnector(environment: ProcessInfo.processInfo.environment))
    }

    /// Closes all connections.
    func close() async { await pool.close() }

    /// The fingerprints that are recorded for each of `nodes`.
    func fingerprints(of nodes: [Node]) -> [String: [String]] {
        var fingerprints: [String: [String]] = [:]
        for node in nodes {
            guard let target = try? targets.target(of: node), let entries = try? hostKeys.list(target) else { continue }
            fingerprints[node.name] = Array(Set(entries.filter { $0.marker == nil }.map(\.key.fingerprint))).sorted()
        }
        return fingerprints
    }
}
