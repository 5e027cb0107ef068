import Model

/// A part of a YAML file, with its place.
struct YAMLNode: Sendable {
    enum Content: Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
    }

    var content: Content
    var mark: YAMLMark
    /// Just behind it.
    var end: YAMLMark

    /// What it is, in words for a message.
    var kindName: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a block of keys"
        case .scalar(let scalar): scalar.kindName
        }
    }

    var scalar: YAMLScalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    /// Whether there is nothing: `key:` or `key: null`.
    var isNull: Bool { scalar?.resolved == .null }

    var items: [YAMLNode]? {
        if case .sequence(let items) = content { items } else { nil }
    }

    var entries: [YAMLEntry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    /// The value of a key, where this is a block that has it.
    subscript(key: String) -> YAMLNode? {
        entries?.first { $0.key == key }?.value
    }
}

/// A key and its value.
struct YAMLEntry: Sendable {
    var key: String
    var keyMark: YAMLMark
    var value: YAMLNode
}

/// A place in a file, line and column from 0, in characters.
struct YAMLMark: Sendable, Hashable, Comparable {
    var line: Int
    var column: Int

    static func < (left: YAMLMark, right: YAMLMark) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}
