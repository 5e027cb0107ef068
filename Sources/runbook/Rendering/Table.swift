import Model

/// A table in plain text: columns as wide as their widest cell, the last one as long as it is.
struct Table {
    var header: [String]
    var rows: [[String]] = []
    /// Columns whose cells are numbers.
    var rightAligned: Set<Int> = []

    init(_ header: [String], rightAligned: Set<Int> = []) {
        self.header = header
        self.rightAligned = rightAligned
    }

    mutating func add(_ cells: [String]) {
        rows.append(cells.map { SafeText($0).singleLine })
    }

    /// Lines without trailing blanks.
    func lines(style: Style) -> [String] {
        let widths = header.indices.map { column in
            ([header] + rows).map { column < $0.count ? TerminalWidth.of($0[column]) : 0 }.max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.enumerated().map { column, cell in
                let blanks = String(repeating: " ", count: max(0, widths[column] - TerminalWidth.of(cell)))
                return rightAligned.contains(column) ? blanks + cell : cell + blanks
            }
            var text = padded.joined(separator: "  ")
            while text.last == " " { text.removeLast() }
            return text
        }
        return [style.bold(line(header))] + rows.map(line)
    }
}
