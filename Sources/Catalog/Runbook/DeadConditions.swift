import Model

/// Lines of a shell script that are conditions and can't fail it. Without `set -e` nothing looks at their status; with it a
/// shell passes over a command that `!` negates, and over each command of an `&&` list but its last
/// (<https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#set>). A script's last line is none, since
/// its status is the script's. Only what stands outside of every block and here-document is looked at.
struct DeadConditions {
    struct Found {
        /// Where it begins, in characters from the script's beginning.
        var offset: Int
        var isUnderErrexit: Bool
    }

    private(set) var found: [Found] = []

    /// `errexit` tells whether `set -e` holds from the beginning.
    init(in script: String, errexit: Bool) {
        var errexit = errexit
        var documentEnd: String?
        var statement: (offset: Int, text: String)?
        var suspect: Found?
        var next = 0
        for line in script.split(separator: "\n", omittingEmptySubsequences: false) {
            let offset = next
            next += line.count + 1
            let words = String(line).trimmingWhitespace
            if let end = documentEnd {
                if words == end { documentEnd = nil }
                continue
            }
            documentEnd = Self.documentEnd(openedIn: line)
            if statement == nil {
                guard !words.isEmpty, !words.hasPrefix("#") else { continue }
                if let suspect, !words.contains("$?") { found.append(suspect) }
                suspect = nil
                guard line.first?.isWhitespace == false else { continue }
            }
            let part = words.hasSuffix("\\") ? String(words.dropLast()) : words
            statement = (statement?.offset ?? offset, (statement.map { $0.text + " " } ?? "") + part)
            guard let whole = statement, !Self.goesOn(words) else { continue }
            statement = nil
            if whole.text.hasPrefix("set ") { errexit = Self.errexit(after: whole.text, before: errexit) }
            if Self.isDead(whole.text, errexit) { suspect = Found(offset: whole.offset, isUnderErrexit: errexit) }
        }
    }

    private static func goesOn(_ line: String) -> Bool {
        line.hasSuffix("\\") || line.hasSuffix("|") || line.hasSuffix("&&")
    }

    private static func errexit(after set: String, before: Bool) -> Bool {
        let words = set.split(separator: " ").dropFirst()
        if words.contains("errexit") { return words.first == "-o" }
        guard let first = words.first, first.contains("e") else { return before }
        return first.hasPrefix("-") || before && !first.hasPrefix("+")
    }

    /// Whether nothing but conditions stands there, and one that does not hold ends nothing.
    private static func isDead(_ statement: String, _ errexit: Bool) -> Bool {
        guard !statement.contains("||"), !statement.contains(";") else { return false }
        let commands = statement.split(separator: "&&").map { String($0).trimmingWhitespace }
        guard commands.allSatisfy(isCondition) else { return false }
        return !errexit || commands.count > 1 || statement.hasPrefix("! ")
    }

    /// Whether a command does nothing but answer: what prints is none, but where its output goes to one that is.
    private static func isCondition(_ command: String) -> Bool {
        let last = command.split(separator: "|").last.map { String($0).trimmingWhitespace } ?? ""
        let asks = ["test ", "[ ", "[[ ", "grep -q", "cmp -s"].contains { last.hasPrefix($0) }
        return asks || command.hasPrefix("! ")
    }

    /// The line that ends the here-document that `line` opens.
    private static func documentEnd(openedIn line: Substring) -> String? {
        guard let found = line.firstMatch(of: #/(?:^|[^<])<<-?\s*(?:'(\w+)'|"(\w+)"|(\w+))/#) else { return nil }
        return (found.output.1 ?? found.output.2 ?? found.output.3).map(String.init)
    }
}

extension SourceText {
    /// What lint says of a script's conditions that can't fail it; `errexit` tells whether `set -e` holds from the beginning.
    /// An alias stands on one line: of its script it was said where that is written.
    func deadConditions(_ node: YAMLNode, errexit: Bool) -> [Diagnostic] {
        guard let script = node.scalar?.text, node.mark.line < node.end.line else { return [] }
        return DeadConditions(in: script, errexit: errexit).found.map { found in
            let mark = mark(of: found.offset, in: node)
            return Diagnostic(
                .warning, at: position(mark),
                found.isUnderErrexit
                    ? "set -e passes over this line where it does not hold"
                    : "nothing looks at whether this line holds",
                hint: found.isUnderErrexit
                    ? "write if ...; then exit 1; fi, or one condition a line without '!'"
                    : "add || exit 1, or begin the script with set -e",
                sourceLine: line(mark))
        }
    }
}
