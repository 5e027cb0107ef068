import Foundation

/// Reads the text of a known_hosts file line by line. Never fails as a whole.
struct KnownHostsParser {
    private(set) var entries: [KnownHostsEntry] = []
    private(set) var problems: [KnownHostsProblem] = []

    /// A line longer than this is a problem rather than a key.
    static let longestLine = 64 * 1024

    init(_ bytes: [UInt8], path: String) {
        var number = 0
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let location = KnownHostsLocation(path: path, line: number)
            do throws(Flaw) {
                if let entry = try Self.parse(line, at: location) { entries.append(entry) }
            } catch {
                problems.append(KnownHostsProblem(location: location, reason: error.reason))
            }
        }
    }

    private struct Flaw: Error {
        let reason: String
    }

    /// Nil for an empty line or a comment.
    private static func parse(_ line: ArraySlice<UInt8>, at location: KnownHostsLocation) throws(Flaw)
        -> KnownHostsEntry?
    {
        guard line.count <= longestLine else { throw Flaw(reason: "the line is too long") }
        guard let text = String(validating: line, as: UTF8.self) else { throw Flaw(reason: "the line is not UTF-8") }
        var fields = text.split(maxSplits: 4, whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" })[...]
        guard let first = fields.first, !first.hasPrefix("#") else { return nil }
        var marker: KnownHostsEntry.Marker?
        if first.hasPrefix("@") {
            marker = try parseMarker(first)
            fields = fields.dropFirst()
        }
        guard let hosts = fields.popFirst(), let type = fields.popFirst(), let encoded = fields.popFirst() else {
            throw Flaw(reason: "the line lacks a host, key type or key")
        }
        guard let data = Data(base64Encoded: String(encoded)), let key = HostKey(blob: Array(data)) else {
            throw Flaw(reason: "the key is not base64 of a public key")
        }
        guard key.type == type else { throw Flaw(reason: "the key is not of the type \(type) that the line names") }
        return KnownHostsEntry(
            location: location, marker: marker, key: key, hosts: try parseHosts(hosts), hostField: String(hosts))
    }

    private static func parseMarker(_ word: Substring) throws(Flaw) -> KnownHostsEntry.Marker {
        switch word {
        case "@revoked": return .revoked
        case "@cert-authority": return .certificateAuthority
        default: throw Flaw(reason: "the marker \(word) is not known")
        }
    }

    private static func parseHosts(_ field: Substring) throws(Flaw) -> KnownHostsEntry.Hosts {
        guard field.hasPrefix("|") else {
            return .patterns(HostPatternList(field.split(separator: ",")))
        }
        let parts = field.split(separator: "|", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[1] == "1", let salt = Data(base64Encoded: String(parts[2])),
            let digest = Data(base64Encoded: String(parts[3])), digest.count == 20, !salt.isEmpty
        else { throw Flaw(reason: "the hashed host is malformed") }
        return .hashed(salt: Array(salt), digest: Array(digest))
    }
}
