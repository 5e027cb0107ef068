import Model

/// A file's text, by lines, and the places in it.
struct SourceText: Sendable {
    /// The path as the operator would type it.
    let path: String
    /// Without their ends.
    let lines: [String]

    init(path: String, text: String) {
        self.path = path
        lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }.map(String.init)
    }

    func position(_ mark: YAMLMark) -> SourcePosition {
        SourcePosition(file: path, line: mark.line + 1, column: mark.column + 1)
    }

    func line(_ mark: YAMLMark) -> String? {
        lines.indices.contains(mark.line) ? lines[mark.line] : nil
    }

    /// Where the character at `offset` of a scalar's text stands in the file; the scalar's beginning where folding or
    /// escapes make that uncertain.
    func mark(of offset: Int, in node: YAMLNode) -> YAMLMark {
        guard let scalar = node.scalar else { return node.mark }
        let before = scalar.text.prefix(offset)
        switch scalar.style {
        case .plain where node.mark.line == node.end.line:
            return YAMLMark(line: node.mark.line, column: node.mark.column + offset)
        case .singleQuoted where node.mark.line == node.end.line:
            let doubled = before.count { $0 == "'" }
            return YAMLMark(line: node.mark.line, column: node.mark.column + 1 + offset + doubled)
        case .literal:
            let line = node.mark.line + 1 + before.count { $0.isNewline }
            let column = before.reversed().prefix { !$0.isNewline }.count
            guard lines.indices.contains(line) else { return node.mark }
            return YAMLMark(line: line, column: indentation(of: node) + column)
        default:
            let rest = scalar.text.dropFirst(offset).prefix { !$0.isNewline }
            return find(String(rest.prefix(16)), in: node) ?? find(String(rest.prefix(4)), in: node) ?? node.mark
        }
    }

    /// The first place of `word` between a node's beginning and end.
    func find(_ word: String, in node: YAMLNode) -> YAMLMark? {
        guard !word.isEmpty else { return nil }
        for number in node.mark.line...max(node.mark.line, node.end.line) where lines.indices.contains(number) {
            let skipped = number == node.mark.line ? node.mark.column : 0
            let line = Array(lines[number].dropFirst(skipped))
            let word = Array(word)
            guard line.count >= word.count else { continue }
            for start in 0...(line.count - word.count) where line[start..<(start + word.count)].elementsEqual(word) {
                return YAMLMark(line: number, column: skipped + start)
            }
        }
        return nil
    }

    /// How far a block scalar's lines are indented: as its first line that is not blank.
    private func indentation(of node: YAMLNode) -> Int {
        let first = node.mark.line + 1
        guard first < lines.count else { return 0 }
        for line in lines[first...] where !line.allSatisfy({ $0 == " " }) { return line.prefix { $0 == " " }.count }
        return 0
    }
}
