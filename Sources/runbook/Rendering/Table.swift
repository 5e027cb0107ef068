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
            ([header] + rows).map { column < $0.count ? Self.width($0[column]) : 0 }.max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.enumerated().map { column, cell in
                let blanks = String(repeating: " ", count: max(0, widths[column] - Self.width(cell)))
                return rightAligned.contains(column) ? blanks + cell : cell + blanks
            }
            var text = padded.joined(separator: "  ")
            while text.last == " " { text.removeLast() }
            return text
        }
        return [style.bold(line(header))] + rows.map(line)
    }

    /// Columns that a text takes on a terminal: most scalars one, wide East Asian ones two, combining ones none.
    static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { width, scalar in
            switch scalar.value {
            case 0x300...0x36F: width
            case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
                0x1F300...0x1FAFF, 0x20000...0x3FFFD:
                width + 2
            default: width + 1
            }
        }
    }
}
