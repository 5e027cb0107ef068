import Foundation
import Model
import SSH

/// The program's SSH connections, with what they share.
package struct SSHConnections: Sendable {
    let pool: SSHPool
    let hostKeys: HostKeyStore
    let targets: NodeTargets

    private let secrets: Secrets

    /// Gives the secret of a reference.
    typealias Secrets = @Sendable (String) async throws -> SecretBytes

    /// Nothing is connected yet. `secrets` gives passwords and passphrases.
    init(settings: Settings, inventory: Inventory, secrets: @escaping Secrets) {
        self.secrets = secrets
        targets = NodeTargets(settings: settings, inventory: inventory)
        hostKeys = HostKeyStore(paths: settings.knownHosts ?? targets.knownHosts)
        var limits = SSHPool.Limits()
        limits.starts = settings.fanout
        let credentials = LoginSecrets(inventory: inventory, targets: targets, secrets: secrets)
        let context = SSHContext(
            hostKeys: hostKeys, identities: IdentityStore { try await credentials.passphrase(ofKey: $0) },
            password: { try await credentials.password(of: $0.name) })
        pool = SSHPool(context, limits: limits)
    }

    /// Sessions with nodes, and with the controller itself where it is a target.
    var connector: any NodeConnector {
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
