import Engine
import Model
import Testing

/// A file before and after an edit.
struct EditCase: Sendable, CustomTestStringConvertible {
    var name: String
    var before: String
    var change: EditVerb.Change
    var isAbsent = false
    /// Nil: nothing to do.
    var after: String?
    var testDescription: String { name }

    static func set(_ key: String, _ value: String, _ separator: String = "=") -> EditVerb.Change {
        .keyValue(key: Lowered.text(key), value: Lowered.text(value), separator: separator)
    }

    static func line(_ match: String, _ line: String) -> EditVerb.Change {
        .line(match: match, line: Lowered.text(line))
    }

    static func block(_ text: String, _ marker: String = "runbook") -> EditVerb.Change {
        .block(text: Lowered.text(text), marker: marker)
    }

    static let all = [
        EditCase(
            name: "a value is replaced", before: "a=1\nb=2\nc=3\n", change: set("b", "9"), after: "a=1\nb=9\nc=3\n"),
        EditCase(
            name: "the last line that sets the key counts", before: "b=1\nb=2\n", change: set("b", "9"),
            after: "b=1\nb=9\n"),
        EditCase(name: "a comment is replaced", before: "a=1\n#b=2\n", change: set("b", "9"), after: "a=1\nb=9\n"),
        EditCase(
            name: "a set line goes before a comment", before: "b=1\n# b=2\n", change: set("b", "9"),
            after: "b=9\n# b=2\n"),
        EditCase(name: "a missing key is added", before: "a=1\n", change: set("b", "9"), after: "a=1\nb=9\n"),
        EditCase(name: "an empty file", before: "", change: set("b", "9"), after: "b=9\n"),
        EditCase(
            name: "a file without a last newline gets one only where a line is added", before: "a=1",
            change: set("b", "9"), after: "a=1\nb=9\n"),
        EditCase(
            name: "a last line without a newline stays so", before: "a=1\nb=2", change: set("b", "9"), after: "a=1\nb=9"
        ),
        EditCase(name: "the same value in another spacing", before: "  b  =  9  \n", change: set("b", "9"), after: nil),
        EditCase(name: "indentation stays", before: "x:\n  b: 2\n", change: set("b", "9", ": "), after: "x:\n  b: 9\n"),
        EditCase(
            name: "a longer key is another", before: "bb=1\nb.c=1\n", change: set("b", "9"), after: "bb=1\nb.c=1\nb=9\n"
        ),
        EditCase(
            name: "a separator of blanks", before: "Port\t22\nPortable 1\n", change: set("Port", "2222", " "),
            after: "Port 2222\nPortable 1\n"),
        EditCase(
            name: "a key is text, not a pattern", before: "net.ipv4=1\nnetxipv4=1\n", change: set("net.ipv4", "0"),
            after: "net.ipv4=0\nnetxipv4=1\n"),
        EditCase(
            name: "a value is data", before: "b=1\n", change: set("b", "$(id) `id` & \\1 \\n 'x' \"y\" %s | ; é"),
            after: "b=$(id) `id` & \\1 \\n 'x' \"y\" %s | ; é\n"),
        EditCase(
            name: "a value that looks like a number is text", before: "b=1.0\n", change: set("b", "1"), after: "b=1\n"),
        EditCase(
            name: "lines that end with a carriage return stay so", before: "a=1\r\nb=2\r\n", change: set("b", "9"),
            after: "a=1\r\nb=9\r\n"),
        EditCase(name: "and so does an added one", before: "a=1\r\n", change: set("b", "9"), after: "a=1\r\nb=9\r\n"),
        EditCase(
            name: "a key is taken out", before: "a=1\nb=1\n#b=3\nb = 2\n", change: set("b", ""), isAbsent: true,
            after: "a=1\n#b=3\n"),
        EditCase(name: "a key that is not there", before: "a=1\n", change: set("b", ""), isAbsent: true, after: nil),
        EditCase(
            name: "a matching line", before: "a\nserver x\nb\n", change: line("^server ", "server y"),
            after: "a\nserver y\nb\n"),
        EditCase(
            name: "all matching lines become one", before: "server 1\na\nserver 2\n",
            change: line("^server ", "server y"),
            after: "server y\na\n"),
        EditCase(
            name: "a line without a match is added", before: "a\n", change: line("^server ", "server y"),
            after: "a\nserver y\n"),
        EditCase(name: "a line that is there", before: "a\n10\n", change: line("^server ", "10"), after: nil),
        EditCase(name: "10 is not 10.0", before: "10.0\n", change: line("^server ", "10"), after: "10.0\n10\n"),
        EditCase(
            name: "matching lines are taken out", before: "a\nserver 1\nserver 2",
            change: line("^server [0-9]{1,3}$", ""),
            isAbsent: true, after: "a\n"),
        EditCase(
            name: "a block is added", before: "a\n", change: block("one\n\ntwo $(x)\n"),
            after: "a\n# BEGIN runbook\none\n\ntwo $(x)\n# END runbook\n"),
        EditCase(
            name: "a block is replaced", before: "a\n; BEGIN it\nold\n; END it\nb\n",
            change: block("new", "; {mark} it"),
            after: "a\n; BEGIN it\nnew\n; END it\nb\n"),
        EditCase(
            name: "a block at the very end", before: "# BEGIN runbook\nold\n# END runbook", change: block("new"),
            after: "# BEGIN runbook\nnew\n# END runbook"),
        EditCase(
            name: "a block is taken out", before: "a\n# BEGIN runbook\nold\n# END runbook\nb\n", change: block("new"),
            isAbsent: true, after: "a\nb\n"),
        EditCase(
            name: "a block that is as wanted", before: "# BEGIN runbook\nnew\n# END runbook\n", change: block("new\n"),
            after: nil),
        EditCase(
            name: "bytes that are no UTF-8 stay", before: "a=\u{FFFD}\n", change: set("b", "9"),
            after: "a=\u{FFFD}\nb=9\n"),
    ]
}
