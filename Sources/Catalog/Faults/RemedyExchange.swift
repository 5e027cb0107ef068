import Model

/// A runbook's text in which the remedies of two causes have changed places: its steps `for` the one are `for` the other.
/// Probes, verify and all else stay as they are.
package struct RemedyExchange {
    private let root: YAMLNode
    private let source: SourceText

    /// Nil for a file that is no YAML.
    package init?(bytes: [UInt8], path: String) {
        guard let (root, source) = YAMLParser.parse(bytes, path: path, bag: DiagnosticBag()) else { return nil }
        self.init(root: root, source: source)
    }

    init(root: YAMLNode, source: SourceText) {
        self.root = root
        self.source = source
    }

    /// Whether a node with `causes` is treated otherwise than one with `other`.
    package func differs(_ causes: [String], _ other: String) -> Bool {
        forKeys.contains { items in
            let ids = Set(items.compactMap { $0.scalar?.text })
            return ids.isDisjoint(with: causes) == ids.contains(other)
        }
    }

    /// The text in which `causes` get the remedy of `other`.
    package func text(_ causes: [String], _ other: String) -> String {
        var lines = source.lines
        // A list that several steps share by an alias stands in the file once.
        var seen: Set<YAMLMark> = []
        let scalars = forKeys.flatMap(\.self).filter { seen.insert($0.mark).inserted }.sorted { $1.mark < $0.mark }
        for node in scalars where node.mark.line == node.end.line && lines.indices.contains(node.mark.line) {
            guard let id = node.scalar?.text else { continue }
            let replacement: String
            if causes.contains(id) {
                replacement = other
            } else if id == other, let first = causes.first {
                replacement = first
            } else {
                continue
            }
            let line = lines[node.mark.line]
            lines[node.mark.line] =
                String(line.prefix(node.mark.column)) + replacement + String(line.dropFirst(node.end.column))
        }
        return lines.joined(separator: "\n")
    }

    /// The items of each `for` of the steps and their rungs.
    private var forKeys: [[YAMLNode]] {
        let steps = root.list("steps").flatMap { [$0] + ($0["escalate"]?.list("rungs") ?? []) }
        return steps.compactMap { step in step["for"].map { $0.items ?? [$0] } }
    }
}
