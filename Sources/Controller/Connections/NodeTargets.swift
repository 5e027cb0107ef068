import Foundation
import Model
import SSH

/// Where the inventory's nodes are over SSH, jump hosts included.
struct NodeTargets: Sendable {
    let inventory: Inventory
    let login: String
    let home: String

    /// The target of `node`.
    /// - Throws: `SessionError` when its jump hosts can't be worked out.
    func target(of node: Node) throws -> SSHTarget { try target(of: node, through: []) }

    private func target(of node: Node, through names: [String]) throws -> SSHTarget {
        let settings = node.connection
        guard !names.contains(node.name) else {
            throw SessionError(
                .unreachable, "The jump hosts of \(names.first ?? node.name) lead back to \(node.name).",
                hint: "Mend 'proxy_jump' in the inventory.")
        }
        let path = names + [node.name]
        var deadlines = SSHDeadlines()
        if let timeout = settings.connectTimeout { deadlines.connect = timeout }
        return SSHTarget(
            name: node.name, address: settings.address ?? node.name, port: UInt16(clamping: settings.port ?? 22),
            user: settings.user ?? login,
            jumpHosts: try (settings.proxyJump ?? []).map { try jump($0, path) },
            identityFiles: identityFiles(settings.identityFiles), identitiesOnly: !settings.identityFiles.isEmpty,
            deadlines: deadlines)
    }

    /// A node of the inventory by its name, or `user@host:port`.
    private func jump(_ text: String, _ path: [String]) throws -> SSHTarget {
        if let node = inventory.nodes[text] { return try target(of: node, through: path) }
        var rest = Substring(text)
        var user = login
        if let at = rest.lastIndex(of: "@") {
            user = String(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        var port = UInt16(22)
        if let colon = rest.lastIndex(of: ":"),
            rest.first == "[" ? rest[rest.index(before: colon)] == "]" : rest.firstIndex(of: ":") == colon
        {
            guard let number = UInt16(rest[rest.index(after: colon)...]) else {
                throw SessionError(
                    .unreachable, "'\(text)' is no jump host.", hint: "Write a node's name or user@host:port.")
            }
            port = number
            rest = rest[..<colon]
        }
        let host = String(rest)
        return SSHTarget(name: host, address: host, port: port, user: user, identityFiles: identityFiles([]))
    }

    /// `paths` with `~` resolved, or the keys that OpenSSH tries by itself.
    private func identityFiles(_ paths: [String]) -> [String] {
        if !paths.isEmpty { return paths.map { $0.hasPrefix("~/") ? home + $0.dropFirst() : $0 } }
        return ["id_ecdsa", "id_ed25519", "id_rsa"].map { "\(home)/.ssh/\($0)" }
            .filter { FileManager.default.isReadableFile(atPath: $0) }
    }
}
