import Model

/// A scalar as it was written, and what it is by YAML 1.2's core schema.
struct YAMLScalar: Sendable, Hashable {
    enum Style: Sendable, Hashable {
        case plain, singleQuoted, doubleQuoted, literal, folded
    }

    var text: String
    var style: Style

    /// Whether only the core schema says what it is.
    var isPlain: Bool { style == .plain }

    var kindName: String {
        switch resolved {
        case .null: "nothing"
        case .bool: "\(text)"
        case .int, .float: "a number"
        default: "text"
        }
    }

    /// Its value by YAML 1.2's core schema (<https://yaml.org/spec/1.2.2/#103-core-schema>): `yes`, `no`, `on` and
    /// `off` are text. A number that would read back otherwise, such as `550.90` or `007`, stays text, so that no
    /// version loses a zero.
    var resolved: Value {
        guard isPlain else { return .string(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: break
        }
        if let number = Int(text), String(number) == text { return .int(number) }
        if Comparison.number(text) != nil, let number = Double(text), "\(number)" == text { return .float(number) }
        return .string(text)
    }
}
