/// The scripts that fake nodes understand: a line is a command, and the last status is the script's.
///
/// `is KEY VALUE`, `has KEY`, `set KEY VALUE`, `unset KEY`, `count NAME`, `print TEXT`, `show KEY`, `keep KEY`,
/// `restore KEY` (from what `keep` printed, on standard input), `exit N`, `fail`, `reboot`, `need VARIABLE VALUE`.
/// `tell KEY ITEM`, `add KEY ITEM` and `takeback KEY` are a typed verb's question, change and undo on a list: they
/// heed `$RUNBOOK_EXPECT`.
/// `|| COMMAND` and `&& COMMAND` run it after a failure or a success.
struct FakeScript {
    var values: [String: String]
    var counters: [String: Int]
    var environment: [String: String]
    var input: [UInt8]
    private(set) var output = ""
    private(set) var status: Int32 = 0
    private(set) var reboots = false
    private var isOver = false

    init(
        values: [String: String], counters: [String: Int], environment: [String: String], input: [UInt8]
    ) {
        self.values = values
        self.counters = counters
        self.environment = environment
        self.input = input
    }

    mutating func run(_ text: String) {
        for line in text.split(separator: "\n") where !isOver {
            var line = line.drop { $0 == " " }
            if line.hasPrefix("||") {
                if status == 0 { continue }
                line = line.dropFirst(2)
            } else if line.hasPrefix("&&") {
                if status != 0 { continue }
                line = line.dropFirst(2)
            }
            command(line.split(separator: " ", maxSplits: 2).map { expand(String($0)) })
        }
    }

    private func expand(_ word: String) -> String {
        word.hasPrefix("$") ? environment[String(word.dropFirst())] ?? "" : word
    }

    private mutating func command(_ words: [String]) {
        let first = words.count > 1 ? words[1] : ""
        let second = words.count > 2 ? words[2] : ""
        status = 0
        switch words.first {
        case "is": status = (values[first] ?? "") == second ? 0 : 1
        case "has": status = values[first] == nil ? 1 : 0
        case "set": values[first] = second
        case "unset": values[first] = nil
        case "count": counters[first, default: 0] += 1
        case "print": output += words.dropFirst().joined(separator: " ") + "\n"
        case "show": output += (values[first] ?? "") + "\n"
        case "keep": output += values[first].map { "=" + $0 } ?? "absent"
        case "restore":
            let former = String(decoding: input, as: UTF8.self)
            values[first] = former.hasPrefix("=") ? String(former.dropFirst()) : nil
        case "tell":
            // What a step would make of a list: its digests before and after are the lists themselves.
            let former = values[first] ?? ""
            output += "before-digest \(former)\nafter-digest \(former)+\(second)\n"
            status = former.hasSuffix("+" + second) ? 0 : 1
        case "add":
            if let expected = environment["RUNBOOK_EXPECT"], !expected.isEmpty, expected != values[first] ?? "" {
                status = 75
                isOver = true
                return
            }
            values[first] = (values[first] ?? "") + "+" + second
        case "takeback":
            if let expected = environment["RUNBOOK_EXPECT"], !expected.isEmpty, expected != values[first] ?? "" {
                status = 75
                isOver = true
                return
            }
            let former = String(decoding: input, as: UTF8.self)
            values[first] = former.hasPrefix("=") ? String(former.dropFirst()) : nil
        case "need": status = environment[first] == second ? 0 : 1
        case "fail": status = 1
        case "reboot": reboots = true
        case "exit":
            status = Int32(first) ?? 0
            isOver = true
        default: status = 127
        }
    }
}
