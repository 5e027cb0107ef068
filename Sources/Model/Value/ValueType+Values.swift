extension ValueType {
    /// The value that `text` says, as an operator types it: a list as `a,b,c`, a map as `k=v,k=v`, a secret by its
    /// reference.
    package func value(parsing text: String) throws(ValueError) -> Value {
        switch self {
        case .list(let item):
            var values: [Value] = []
            for part in Self.parts(text) { values.append(try item.value(parsing: part)) }
            return .list(values)
        case .map(let type):
            var entries: [String: Value] = [:]
            for part in Self.parts(text) {
                let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard pair.count == 2, !pair[0].isEmpty else {
                    throw ValueError("'\(part)' is no key and value", hint: "write key=value,key=value")
                }
                entries[String(pair[0])] = try type.value(parsing: String(pair[1]))
            }
            return .map(entries)
        default: return try scalar(text)
        }
    }

    private static func parts(_ text: String) -> [String] {
        text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// `value` as this type: what a file, a variable or an expression gives.
    package func value(converting value: Value) throws(ValueError) -> Value {
        switch (self, value) {
        case (_, .null): throw ValueError("there is no value")
        case (.secret, .secret), (.bool, .bool), (.int, .int), (.float, .float), (.duration, .duration),
            (.size, .size), (.percent, .percent):
            return value
        case (_, .secret): throw ValueError("a secret can only be the value of a secret", hint: "declare type: secret")
        case (.float, .int(let number)): return .float(Double(number))
        case (.list(let type), .list(let items)):
            var values: [Value] = []
            for item in items { values.append(try type.value(converting: item)) }
            return .list(values)
        case (.map(let type), .map(let entries)):
            var values: [String: Value] = [:]
            for (key, entry) in entries { values[key] = try type.value(converting: entry) }
            return .map(values)
        case (.list, _): throw ValueError("a list is needed, not \(value.typeName)")
        case (.map, _): throw ValueError("a map is needed, not \(value.typeName)")
        case (_, .list), (_, .map): throw ValueError("\(text) is needed, not a \(value.typeName)")
        case (_, .string(let text)): return try scalar(text)
        case (.string, .bool), (.string, .int), (.string, .float): return .string(value.displayText)
        case (.enumeration, .bool), (.enumeration, .int), (.enumeration, .float): return try scalar(value.displayText)
        case (.size, .int(0)): return .size(0)
        case (.host, .int), (.nodeset, .int): return try scalar(value.displayText)
        default: throw ValueError("'\(value.displayText)' is no \(text)", hint: hint)
        }
    }

    private func scalar(_ text: String) throws(ValueError) -> Value {
        let value: Value?
        switch self {
        case .string: value = .string(text)
        case .int: value = Int(text).map(Value.int)
        case .float: value = Comparison.number(text).map(Value.float)
        case .bool: value = text == "true" ? .bool(true) : text == "false" ? .bool(false) : nil
        case .duration: value = Duration(parsing: text).map(Value.duration)
        case .size: value = text == "0" ? .size(0) : ByteCount.parse(text).map(Value.size)
        case .percent: value = Percentage.parse(text).map(Value.percent)
        case .path: value = AddressText.isPath(text) ? .string(text) : nil
        case .url: value = AddressText.isURL(text) ? .string(text) : nil
        case .ip: value = AddressText.isIP(text) ? .string(text) : nil
        case .cidr: value = AddressText.isCIDR(text) ? .string(text) : nil
        case .host: value = AddressText.isHost(text) || AddressText.isIP(text) ? .string(text) : nil
        case .nodeset:
            value = text.trimmingWhitespace.isEmpty || text.contains(where: \.isNewline) ? nil : .string(text)
        case .secret:
            guard AddressText.isSecretReference(text) else {
                throw ValueError(
                    "a secret is given by where it comes from, never by itself",
                    hint: "for example file:/run/secrets/name, env:NAME or vault:path#key")
            }
            value = .secret(reference: text)
        case .enumeration(let words):
            guard words.contains(text) else {
                throw ValueError(
                    "'\(text)' is not one of \(words.joined(separator: ", "))",
                    hint: Spelling.nearest(to: text, among: words).map { "did you mean '\($0)'?" })
            }
            value = .string(text)
        case .list, .map: value = nil
        }
        guard let value else {
            let shown = text.count > 60 ? text.prefix(60) + "…" : text[...]
            throw ValueError("'\(shown)' is no \(self.text)", hint: hint)
        }
        return value
    }

    private var hint: String? {
        switch self {
        case .bool: "write true or false"
        case .duration: "for example 30s or 1h30m"
        case .size: "for example 512MiB or 2GiB"
        case .percent: "for example 10%"
        case .path: "an absolute path without '..'"
        case .url: "for example https://example.org/x"
        case .ip: "an IPv4 or IPv6 address"
        case .cidr: "for example 192.0.2.0/24"
        case .host: "a host name or an address"
        default: nil
        }
    }
}
