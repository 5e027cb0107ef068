import Foundation
import Model

/// A signed statement of where the audit chain ended: one line of JSON, small enough for syslog.
package struct Checkpoint: Sendable, Hashable, Codable {
    package enum Kind: String, Sendable, Hashable, Codable {
        /// The controller's own.
        case checkpoint
        /// A person's, who takes the chain as it is from here on.
        case acceptance
    }

    var v = 1
    package var type: Kind
    /// The database's identity.
    package var database: String
    package var sequence: Int
    /// Of the record with that number, in hexadecimal.
    package var hash: String
    /// Milliseconds since 1970.
    package var time: Int
    /// The fingerprint of the key that signs.
    package var key: String
    /// Why the chain is accepted; nil for a checkpoint.
    package var reason: String?
    /// The SSHSIG signature over the statement, in base64 without its armor.
    package var signature: String?

    init(_ type: Kind, _ head: AuditHead, time: Int, key: String, reason: String? = nil) {
        self.type = type
        database = head.database
        sequence = head.sequence
        hash = head.hash
        self.time = time
        self.key = key
        self.reason = reason
    }

    /// The checkpoint of a line, which may have a log's own words before it; nil where it is none.
    package init?(line: some StringProtocol) {
        guard let start = line.firstIndex(of: "{"),
            let found = try? JSONDecoder().decode(Checkpoint.self, from: Data(line[start...].utf8)), found.v == 1
        else { return nil }
        self = found
    }

    /// What is signed: JSON with sorted members, without `signature`.
    var statement: [UInt8] {
        var unsigned = self
        unsigned.signature = nil
        return Array(unsigned.line.utf8)
    }

    /// As it is written down.
    package var line: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // It holds numbers and strings only, which can always be encoded.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Where it says that the chain was.
    package var head: AuditHead { AuditHead(database: database, sequence: sequence, hash: hash) }

    var namespace: SignatureNamespace { type == .checkpoint ? .checkpoint : .acceptance }

    /// The signature in the form that ssh-keygen reads; empty without one.
    var armored: String { signature.map { SignatureArmor.armored($0) } ?? "" }
}

/// The lines around a signature.
enum SignatureArmor {
    private static let begin = "-----BEGIN SSH SIGNATURE-----"
    private static let end = "-----END SSH SIGNATURE-----"

    /// The base64 inside, on one line.
    static func bare(_ armored: String) -> String {
        armored.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
    }

    /// The lines around `base64`.
    static func armored(_ base64: String) -> String {
        var lines = [begin]
        var rest = Substring(base64)
        while !rest.isEmpty {
            lines.append(String(rest.prefix(70)))
            rest = rest.dropFirst(70)
        }
        return (lines + [end, ""]).joined(separator: "\n")
    }
}
