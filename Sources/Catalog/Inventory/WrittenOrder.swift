import Model

/// The names of a node set in the order in which they are written, so that nodes and addresses can be matched.
enum WrittenOrder {
    /// Splits at the commas outside brackets. Throws where the order inside brackets is not ascending: a set would
    /// sort it, and give nodes each other's addresses.
    static func names(
        _ text: String, _ parse: (String) throws(NodeSetError) -> NodeSet
    ) throws(NodeSetError) -> [String] {
        guard !text.contains(where: { "!&^".contains($0) }) else { return try parse(text).names }
        var names: [String] = []
        var seen: Set<String> = []
        for part in parts(text) {
            if let bad = descending(part) {
                throw NodeSetError(
                    kind: .syntax, sentence: "The numbers in '[\(bad)]' do not ascend.",
                    mend: "Write them in ascending order; nodes and addresses are matched by it.")
            }
            for name in try parse(part).names where seen.insert(name).inserted { names.append(name) }
        }
        return names
    }

    private static func parts(_ text: String) -> [String] {
        var parts = [""]
        var depth = 0
        for character in text {
            if character == "[" { depth += 1 }
            if character == "]" { depth -= 1 }
            if character == ",", depth == 0 { parts.append("") } else { parts[parts.count - 1].append(character) }
        }
        return parts
    }

    /// The first bracket whose numbers do not ascend.
    private static func descending(_ part: String) -> String? {
        for bracket in part.split(separator: "[").dropFirst() {
            guard let end = bracket.firstIndex(of: "]") else { continue }
            let inside = bracket[..<end]
            let starts = inside.split(separator: ",").compactMap { Int($0.prefix { $0.isWholeNumber }) }
            if zip(starts, starts.dropFirst()).contains(where: { $0 >= $1 }) { return String(inside) }
        }
        return nil
    }
}
