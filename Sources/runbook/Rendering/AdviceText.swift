import Model

/// What a person has to do on these nodes.
struct AdviceText {
    /// More lines of a patch than these are left to the whole record.
    static let patchLines = 40

    let advice: Advice
    let nodes: NodeSet
    let run: RunID?
    let style: Style

    var lines: [String] {
        var lines = ["", head] + indented(advice.text, by: 4)
        if !advice.evidence.isEmpty {
            lines.append("    evidence: " + SafeText(advice.evidence.joined(separator: ", ")).singleLine)
        }
        if let command = advice.command {
            lines += indented(command, by: 0).enumerated().map { ($0 == 0 ? "    $ " : "      ") + $1 }
        }
        return lines + patch
    }

    private var head: String {
        let severity = advice.severity == .info ? "" : " (\(advice.severity.rawValue))"
        let head = "\(nodes.folded): \(SafeText(advice.title).singleLine)\(severity)"
        return switch advice.severity {
        case .info: style.bold(head)
        case .warning: style.yellow(head)
        case .critical: style.red(head)
        }
    }

    private var patch: [String] {
        guard let patch = advice.patch else { return [] }
        let all = indented(patch, by: 8)
        let more = all.count - Self.patchLines
        guard more > 0 else { return ["    patch:"] + all }
        let whole = run.map { "; all of it: runbook show \($0.short) --output json" } ?? ""
        return ["    patch:"] + all.prefix(Self.patchLines) + ["    … \(more) lines more\(whole)"]
    }

    /// Without blank lines at the end.
    private func indented(_ text: String, by width: Int) -> [String] {
        var lines = SafeText(text).description.split(separator: "\n", omittingEmptySubsequences: false)
        while lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
        return lines.map { String(repeating: " ", count: width) + $0 }
    }
}
