import Model

/// Typed values of keys. Nil where the key is missing or wrong; what is wrong was reported by the schema.
extension YAMLNode {
    func text(_ key: String) -> String? { self[key]?.scalar?.text }

    /// A list of texts, or a single one.
    func texts(_ key: String) -> [String] {
        oneOrMore(key).compactMap { $0.scalar?.text }
    }

    /// The items of a list, or what stands there instead of one.
    func oneOrMore(_ key: String) -> [YAMLNode] { self[key].map { $0.items ?? [$0] } ?? [] }

    func bool(_ key: String) -> Bool? {
        guard case .bool(let value) = self[key]?.scalar?.resolved else { return nil }
        return value
    }

    func integer(_ key: String) -> Int? {
        guard case .int(let value) = self[key]?.scalar?.resolved else { return nil }
        return value
    }

    func duration(_ key: String) -> Duration? { text(key).flatMap { Duration(parsing: $0) } }

    func share(_ key: String) -> Share? { self[key]?.scalar.flatMap(ShareText.parse) }

    func choice<Choice: RawRepresentable>(_ key: String, _ type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        text(key).flatMap(Choice.init)
    }

    /// The nodes of a list under a key.
    func list(_ key: String) -> [YAMLNode] { self[key]?.items ?? [] }

    /// What it is, by the core schema.
    var value: Value {
        switch content {
        case .scalar(let scalar): scalar.resolved
        case .sequence(let items): .list(items.map(\.value))
        case .mapping(let entries):
            .map(Dictionary(entries.map { ($0.key, $0.value.value) }, uniquingKeysWith: { first, _ in first }))
        }
    }

    /// As `value`, but every scalar as the text that was written, for types to be read from.
    var writtenValue: Value {
        switch content {
        case .scalar(let scalar): scalar.resolved == .null ? .null : .string(scalar.text)
        case .sequence(let items): .list(items.map(\.writtenValue))
        case .mapping(let entries):
            .map(Dictionary(entries.map { ($0.key, $0.value.writtenValue) }, uniquingKeysWith: { first, _ in first }))
        }
    }
}
