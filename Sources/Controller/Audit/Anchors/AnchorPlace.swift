import Foundation
import Model

/// A place outside the database where the end of the audit chain is written down.
protocol AnchorPlace: Sendable {
    /// As the settings have it.
    var name: String { get }

    /// Adds a line.
    /// - Throws: `AnchorError`, `ToolError`.
    func append(_ line: String) async throws

    /// The lines that it has, in their order; nil for one that can only be written.
    func lines() async throws -> [String]?

    /// Whether the user who owns the database could not rewrite what stands there.
    var isIndependent: Bool { get async }
}

/// Why a place for anchors can't be used.
package struct AnchorError: Error, Sendable, Hashable, CustomStringConvertible {
    package var place: String
    package var reason: String

    init(_ place: String, _ reason: String) {
        self.place = place
        self.reason = reason
    }

    package var description: String { "The anchor \(place) could not be used: \(reason)." }
}

enum AnchorPlaces {
    /// The places that the settings name.
    /// - Throws: `SettingsError` for a text that names none.
    static func all(_ settings: Settings) throws -> [any AnchorPlace] {
        try settings.anchors.map { text -> any AnchorPlace in
            let rest = String(text.drop { $0 != ":" }.dropFirst())
            switch text.prefix(while: { $0 != ":" }) {
            case "file" where !rest.isEmpty: return FileAnchor(name: text, path: rest)
            case "git" where !rest.isEmpty: return GitAnchor(name: text, folder: rest)
            case "syslog" where text.contains(":"): return try SyslogAnchor(name: text, address: rest)
            default:
                throw SettingsError(
                    "'\(text)' is no place for anchors.",
                    hint: "Write file:PATH, git:FOLDER, syslog: or syslog:HOST:PORT under 'anchors' of runbook.yaml.")
            }
        }
    }

    /// `text` of a settings file, whose relative paths belong to `folder`.
    static func text(_ text: String, relativeTo folder: String) -> String {
        for scheme in ["file:", "git:"] where text.hasPrefix(scheme) {
            let path = String(text.dropFirst(scheme.count))
            if !path.isEmpty, !path.hasPrefix("/"), !folder.isEmpty { return "\(scheme)\(folder)/\(path)" }
        }
        return text
    }
}
