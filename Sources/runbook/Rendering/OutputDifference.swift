import Model

/// Where what some nodes printed differs from what most did, as `diff -u` shows it.
struct OutputDifference {
    private let usual: [ArraySlice<UInt8>]

    init(from usual: [UInt8]) { self.usual = Self.split(usual) }

    /// What is otherwise in `other`. Lines are compared as the bytes that they are, and shown safely.
    func lines(to other: [UInt8], style: Style) -> [String] {
        var lines: [String] = []
        for hunk in LineDifferences(from: usual, to: Self.split(other)).hunks {
            lines.append(style.faint("@@ -\(Self.range(hunk.old)) +\(Self.range(hunk.new)) @@"))
            for edit in hunk.edits {
                switch edit {
                case .kept(let line): lines += Self.shown(line, after: " ") { $0 }
                case .removed(let line): lines += Self.shown(line, after: "-", style.red)
                case .added(let line): lines += Self.shown(line, after: "+", style.green)
                }
            }
        }
        return lines
    }

    /// Each line with the newline that ends it.
    private static func split(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(rest[...end])
            rest = rest[(end + 1)...]
        }
        return rest.isEmpty ? lines : lines + [rest]
    }

    private static func shown(
        _ line: ArraySlice<UInt8>, after mark: String, _ color: (String) -> String
    ) -> [String] {
        let isWhole = line.last == UInt8(ascii: "\n")
        let text = color(mark + SafeText(bytes: isWhole ? line.dropLast() : line).description)
        return isWhole ? [text] : [text, "\\ No newline at the end"]
    }

    /// As `diff -u` counts: from 1, from 0 where there is no line.
    private static func range(_ range: Range<Int>) -> String {
        "\(range.isEmpty ? range.lowerBound : range.lowerBound + 1),\(range.count)"
    }
}
