import Foundation
import Model
import TestSupport

@testable import Controller

/// An inventory, runbooks and a journal of their own, for nodes that one real sshd answers for.
struct Installation {
    let sshd: SSHDFixture
    let folder: TemporaryFolder

    init(_ sshd: SSHDFixture, inventory: String, runbooks: [String: String] = [:]) throws {
        self.sshd = sshd
        folder = try TemporaryFolder(prefix: "installation")
        for part in ["inventory", "runbooks"] {
            try FileManager.default.createDirectory(
                atPath: folder.path(part), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        try folder.write("inventory/site.yaml", inventory)
        for (name, text) in runbooks { try folder.write("runbooks/\(name).yaml", text) }
        try folder.write("ssh_config", "")
    }

    /// An inventory of `n1`, which `sshd` answers for, and of nobody to become.
    static func oneNode(_ sshd: SSHDFixture) -> String {
        """
        schema_version: 1
        defaults:
          ssh: {user: \(sshd.user), port: \(sshd.port), identity_file: \(sshd.userKeyPath)}
          become: {method: none}
        nodes: {n1: {address: 127.0.0.1}}
        """
    }

    /// An inventory of `n1`, `n2` and so on, for each of which another server answers, and of nobody to become.
    static func oneNodeEach(_ servers: [SSHDFixture]) -> String {
        let nodes = servers.enumerated().map { index, sshd in
            "n\(index + 1): {address: 127.0.0.1, ssh: {port: \(sshd.port), user: \(sshd.user), identity_file: \(sshd.userKeyPath)}}"
        }
        return "schema_version: 1\ndefaults: {become: {method: none}}\nnodes: {\(nodes.joined(separator: ", "))}\n"
    }

    /// An inventory of `n1`, `n2` and so on behind these ports of this machine, to which the user of `sshd` logs in with
    /// its key, and of nobody to become.
    static func nodes(_ sshd: SSHDFixture, ports: [UInt16]) -> String {
        let nodes = ports.enumerated().map { "n\($0 + 1): {address: 127.0.0.1, ssh: {port: \($1)}}" }
        return """
            schema_version: 1
            defaults:
              ssh: {user: \(sshd.user), identity_file: \(sshd.userKeyPath)}
              become: {method: none}
            nodes: {\(nodes.joined(separator: ", "))}
            """
    }

    /// Its settings, which read no other configuration than its own `ssh_config`.
    var settings: Settings {
        Settings(
            inventory: [folder.path("inventory")], runbooks: folder.path("runbooks"), plugins: folder.path("plugins"),
            database: folder.path("state/runbook.db"), fanout: 8, hostKeys: nil, knownHosts: [sshd.knownHostsPath],
            sshConfig: folder.path("ssh_config"), allowsSharedMachines: true)
    }

    /// Carries `order` out and says how it ended.
    func carryOut(_ order: RunOrder, settings: Settings? = nil) async throws -> RunEndState {
        let service = try await RunService(Workspace(settings ?? self.settings))
        let prepared = try await service.prepare(order)
        let ending = try await service.carryOut(
            prepared, control: RunControl(), confirm: { _, _ in true }, observe: { _ in })
        try await service.close()
        return ending
    }

    /// What a run's outputs are, all together.
    func outputs(of run: RunID?) async throws -> String {
        guard let run else { return "" }
        let journal = try await Workspace(settings).journal()
        let reader = try await LogReader(run.description, nodes: nil, step: nil, showsSensitive: true, journal: journal)
        var bytes: [UInt8] = []
        for record in try await reader.records() {
            var pieces = reader.pieces(of: record)
            while let piece = try await pieces.next() { bytes += piece }
        }
        try await journal.close()
        return String(decoding: bytes, as: UTF8.self)
    }
}
