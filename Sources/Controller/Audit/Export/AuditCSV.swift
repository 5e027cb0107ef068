import Foundation
import Model

/// Audit records as a table for a spreadsheet, RFC 4180. Nothing in it is taken for a formula, and each record is one
/// line.
enum AuditCSV {
    static let header =
        "sequence,time,user,sudo_user,host,ssh_client,action,run,nodes,outcome,plan,detail,hash\r\n"

    /// A record's line.
    static func row(_ record: AuditRecord) -> String {
        let entry = record.entry
        let cells = [
            String(record.sequence), UTCText.milliseconds(record.time), entry.actor.user, entry.actor.sudoUser ?? "",
            entry.actor.host, entry.actor.sshClient ?? "", entry.action.rawValue, entry.run?.description ?? "",
            entry.nodes ?? "", entry.outcome ?? "", entry.planDigest ?? "", detail(entry.detail), record.hash,
        ]
        return cells.map(cell).joined(separator: ",") + "\r\n"
    }

    private static func detail(_ detail: [String: String]) -> String {
        guard !detail.isEmpty else { return "" }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(detail)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// One cell: quoted where it must be, with a leading apostrophe where a spreadsheet would calculate.
    static func cell(_ text: String) -> String {
        var cell = text
        if let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) { cell = "'" + cell }
        cell = SafeText(cell).singleLine
        guard cell.contains(where: { $0 == "," || $0 == "\"" }) else { return cell }
        return "\"" + cell.replacing("\"", with: "\"\"") + "\""
    }
}
