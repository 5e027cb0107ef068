import Catalog
import Foundation
import Governance
import Model

/// Who is who, whose key is whose and who may do what, as the files say it at this moment.
package struct Authority: Sendable {
    package let policy: AccessPolicy
    package let signers: AllowedSigners
    /// Of `allowed_signers`, SHA-256 in hexadecimal; nil where there is none.
    package let signersDigest: String?
    /// Where `allowed_signers` is, or would be.
    package let signersPath: String

    package var people: People { policy.people }

    /// Reads the inventory's access file and the signers beside it.
    /// - Throws: `DiagnosticsError` for a wrong file, `GovernanceError` for a wrong line of `allowed_signers`.
    package init(_ workspace: Workspace, inventory: Inventory? = nil) async throws {
        let paths = workspace.settings.inventory.filter { FileManager.default.fileExists(atPath: $0) }
        let loaded = paths.isEmpty ? nil : try InventoryLoader().load(paths: paths)
        let file = loaded?.access
        var known = inventory
        if known == nil, let loaded, file?.rules.contains(where: { $0.nodes != nil }) == true {
            known = loaded.sources.isEmpty ? loaded.inventory : try await workspace.inventory()
        }
        policy = try AccessPolicy(file) { [known] rule, text in
            do throws(NodeSetError) {
                return try NodeSet(parsing: text, resolver: known)
            } catch {
                throw DiagnosticsError([
                    Diagnostic(.error, at: rule.position, "'nodes': \(error.sentence)", hint: error.mend)
                ])
            }
        }
        signersPath = file?.signers ?? Self.defaultPath(paths)
        let text = try TrustedText.read(signersPath)
        signersDigest = text.map { DigestText.sha256(Array($0.utf8)) }
        signers = try text.map { try AllowedSigners($0, timeZone: .current) } ?? .none
    }

    private static func defaultPath(_ inventory: [String]) -> String {
        guard let path = inventory.first else { return "allowed_signers" }
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        return (isFolder.boolValue ? path : (path as NSString).deletingLastPathComponent) + "/allowed_signers"
    }

    /// What identifies the files in audit records.
    package var fileDigests: [String: String] {
        var digests: [String: String] = [:]
        digests["access_sha256"] = policy.digest
        digests["signers_sha256"] = signersDigest
        return digests
    }
}
