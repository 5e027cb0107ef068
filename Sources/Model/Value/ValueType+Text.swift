extension ValueType {
    private static let plain: [String: ValueType] = [
        "string": .string, "int": .int, "float": .float, "bool": .bool, "duration": .duration, "size": .size,
        "percent": .percent, "path": .path, "url": .url, "ip": .ip, "cidr": .cidr, "host": .host,
        "nodeset": .nodeset, "secret": .secret,
    ]

    /// Reads `string`, `enum(a, b)`, `list<int>`, `map<string,size>`.
    package init(parsing text: String) throws(ValueError) {
        self = try Self.parse(text.trimmingWhitespace, depth: 0)
    }

    private static func parse(_ text: String, depth: Int) throws(ValueError) -> ValueType {
        if let type = plain[text] { return type }
        guard depth < 4 else { throw ValueError("the type is nested more than 4 deep") }
        if text.hasPrefix("enum(") {
            guard text.hasSuffix(")") else {
                throw ValueError(
                    "the type '\(text)' is cut off", hint: "put it in quotes: type: \"enum(a, b)\"")
            }
            let words = text.dropFirst(5).dropLast().split(separator: ",", omittingEmptySubsequences: false)
                .map { String($0).trimmingWhitespace }
            if words.contains("") { throw ValueError("a word of the enum is empty") }
            if Set(words).count < words.count { throw ValueError("a word of the enum is there twice") }
            return .enumeration(words)
        }
        if text.hasPrefix("list<"), text.hasSuffix(">") {
            return .list(try parse(String(text.dropFirst(5).dropLast()).trimmingWhitespace, depth: depth + 1))
        }
        if text.hasPrefix("map<"), text.hasSuffix(">") {
            let parts = text.dropFirst(4).dropLast().split(separator: ",", maxSplits: 1)
                .map { String($0).trimmingWhitespace }
            guard parts.count == 2, parts[0] == "string" else {
                throw ValueError("the keys of a map are strings", hint: "write map<string,T>")
            }
            return .map(try parse(parts[1], depth: depth + 1))
        }
        if text == "list" { throw ValueError("'list' does not say of what", hint: "write list<string>") }
        if text == "map" { throw ValueError("'map' does not say of what", hint: "write map<string,string>") }
        if text.hasPrefix("list<") || text.hasPrefix("map<") {
            throw ValueError("the type '\(text)' is cut off", hint: "put it in quotes: type: \"map<string,string>\"")
        }
        let strangers = [
            "str": "string", "integer": "int", "boolean": "bool", "number": "float", "array": "list<T>",
            "enum": "\"enum(a, b)\"", "password": "secret", "text": "string",
        ]
        let hint =
            strangers[text].map { "write \($0)" }
            ?? Spelling.nearest(to: text, among: plain.keys.sorted()).map { "did you mean '\($0)'?" }
            ?? "there are \(plain.keys.sorted().joined(separator: ", ")), enum(…), list<T>, map<string,T>"
        throw ValueError("there is no type '\(text)'", hint: hint)
    }

    /// As it is written in a runbook.
    package var text: String {
        switch self {
        case .enumeration(let words): "enum(\(words.joined(separator: ", ")))"
        case .list(let item): "list<\(item.text)>"
        case .map(let value): "map<string,\(value.text)>"
        case .string: "string"
        case .int: "int"
        case .float: "float"
        case .bool: "bool"
        case .duration: "duration"
        case .size: "size"
        case .percent: "percent"
        case .path: "path"
        case .url: "url"
        case .ip: "ip"
        case .cidr: "cidr"
        case .host: "host"
        case .nodeset: "nodeset"
        case .secret: "secret"
        }
    }
}
