import Foundation
import Model

/// The state of everything that is watched, on all nodes.
struct Snapshot: Sendable, Hashable {
    struct Entry: Sendable, Hashable {
        var attributes: String
        /// Nil where only attributes are known.
        var content: [UInt8]?
    }

    /// By node and key.
    private(set) var entries: [String: Entry] = [:]

    /// Takes in what the script printed on a node.
    mutating func add(_ text: String, of node: String) {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let content = fields[2].isEmpty ? nil : Data(base64Encoded: String(fields[2])).map(Array.init)
            entries["\(node) \(fields[0])"] = Entry(attributes: String(fields[1]), content: content)
        }
    }

    /// What is not as in `before`, for people; empty where nothing is. Of `exceptions` nothing is asked.
    func differences(from before: Snapshot, except exceptions: [WatchedThing] = []) -> [String] {
        changes(since: before).flatMap { key -> [String] in
            if exceptions.contains(where: { $0.owns(key) }) { return [] }
            let old = before.entries[key]
            let new = entries[key]
            // The digest says the same as the content, and less.
            if key.hasSuffix("#sha256"), entries[key.dropLast(6) + "content"]?.content != nil { return [] }
            var lines: [String] = []
            if old?.attributes != new?.attributes || old == nil || new == nil {
                lines.append("\(key): \(old?.attributes ?? "not there") → \(new?.attributes ?? "not there")")
            }
            if old?.content != new?.content {
                if lines.isEmpty { lines.append("\(key):") }
                lines += Self.lineChanges(old?.content ?? [], new?.content ?? [])
            }
            return lines
        }
    }

    /// Those of `things` of which everything is as in `before`.
    func unchanged(_ things: [WatchedThing], since before: Snapshot) -> [WatchedThing] {
        let changes = changes(since: before)
        return things.filter { thing in !changes.contains { thing.owns($0) } }
    }

    /// The keys, sorted, of what is not as in `before`.
    private func changes(since before: Snapshot) -> [String] {
        Set(entries.keys).union(before.entries.keys).filter { entries[$0] != before.entries[$0] }.sorted()
    }

    private static func lineChanges(_ old: [UInt8], _ new: [UInt8]) -> [String] {
        func lines(_ bytes: [UInt8]) -> [String] {
            String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
                .map(String.init)
        }
        let changes = LineDifferences(from: lines(old), to: lines(new), context: 0).hunks.flatMap(\.edits).compactMap {
            edit -> String? in
            switch edit {
            case .kept: nil
            case .removed(let line): "  - \(line)"
            case .added(let line): "  + \(line)"
            }
        }
        return changes.count > 12 ? changes.prefix(12) + ["  … and \(changes.count - 12) lines more"] : changes
    }
}
