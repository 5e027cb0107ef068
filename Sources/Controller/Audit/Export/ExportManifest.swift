import Foundation
import Model

/// What an export consists of: what is signed.
struct ExportManifest: Sendable, Hashable, Codable {
    struct File: Sendable, Hashable, Codable {
        var bytes: Int
        /// In hexadecimal.
        var sha256: String
    }

    struct Records: Sendable, Hashable, Codable {
        var count: Int
        /// Numbers of the first and the last.
        var first: Int
        var last: Int
        /// The hash of the record before the first, and that of the last.
        var previous: String
        var hash: String
        /// Whether none is left out between the first and the last.
        var complete: Bool
    }

    var v = 1
    var type = "export"
    /// The database's identity.
    var database: String
    /// What was asked for; empty for everything.
    var selection: [String: String]
    var records: Records
    /// By path in the export's folder.
    var files: [String: File]
    /// The fingerprint of the key that signs.
    var key: String

    static let name = "manifest.json"
    static let signatureName = "manifest.json.sig"
    static let signersName = "allowed_signers"
    static let recordsName = "records.jsonl"
    static let hashesName = "records.sha256"
    static let tableName = "records.csv"
    static let reportName = "report.html"

    static func eventsName(_ run: RunID) -> String { "events/\(run).txt" }

    /// One line of JSON with sorted members.
    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }
}
