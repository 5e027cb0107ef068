import Foundation
import Model

/// A configuration file, `runbook.yaml`: where inventory, runbooks and database are, and how nodes are reached.
package struct SettingsFile: Sendable {
    /// Folder of the file, to which its relative paths belong.
    package let folder: String
    /// Texts by key, as they stand in the file.
    package let texts: [String: [String]]
    /// The file and the place of each key.
    package let positions: [String: SourcePosition]

    /// The keys that it may have.
    package static let keys = [
        "inventory", "runbooks", "plugins", "db", "fanout", "host_keys", "known_hosts", "ssh_config", "lab",
        "service", "signing_key", "anchors", "plugin_sandbox",
    ]

    /// Reads the file at `path`.
    /// - Throws: every problem of the file. Only one that nobody else can write is believed.
    package init(path: String, trust: FileTrust = FileTrust()) throws(DiagnosticsError) {
        let bag = DiagnosticBag()
        guard let bytes = CatalogFiles(trust: trust, bag: bag).read(path),
            let (node, source) = YAMLParser.parse(bytes, path: path, bag: bag)
        else { throw DiagnosticsError(bag.sorted) }
        var texts: [String: [String]] = [:]
        var positions: [String: SourcePosition] = [:]
        for entry in node.entries ?? [] {
            let position = source.position(entry.keyMark)
            guard Self.keys.contains(entry.key) else {
                bag.error(
                    at: position, "unknown key '\(entry.key)'",
                    hint: Spelling.nearest(to: entry.key, among: Self.keys).map { "did you mean '\($0)'?" },
                    line: source.line(entry.keyMark))
                continue
            }
            let values = entry.value.items?.compactMap { $0.scalar?.text } ?? entry.value.scalar.map { [$0.text] }
            guard let values, values.count == entry.value.items?.count ?? 1 else {
                bag.error(
                    at: position, "'\(entry.key)' must be a text or a list of texts", line: source.line(entry.keyMark))
                continue
            }
            texts[entry.key] = values
            positions[entry.key] = position
        }
        guard !bag.hasErrors else { throw DiagnosticsError(bag.sorted) }
        self.texts = texts
        self.positions = positions
        folder = (path as NSString).deletingLastPathComponent
    }
}
