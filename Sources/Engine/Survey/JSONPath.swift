import Foundation
import Model

/// A path such as `a.b[0].c` into a JSON text that came from a node.
struct JSONPath: Sendable, Hashable {
    private enum Part: Sendable, Hashable {
        case key(String)
        case index(Int)
    }

    private let parts: [Part]

    init(_ text: String) {
        var parts: [Part] = []
        for piece in text.split(separator: ".") {
            let pieces = piece.split(separator: "[", omittingEmptySubsequences: false)
            if let key = pieces.first, !key.isEmpty { parts.append(.key(String(key))) }
            for index in pieces.dropFirst() {
                parts.append(Int(index.dropLast()).map(Part.index) ?? .key(String(index.dropLast())))
            }
        }
        self.parts = parts
    }

    /// Nil when `text` is no JSON or has nothing there.
    func value(in text: String) -> JSONScalar? {
        guard let root = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: [.fragmentsAllowed]) else {
            return nil
        }
        var current: Any = root
        for part in parts {
            switch part {
            case .key(let key):
                guard let object = current as? [String: Any], let next = object[key] else { return nil }
                current = next
            case .index(let index):
                guard let array = current as? [Any], array.indices.contains(index) else { return nil }
                current = array[index]
            }
        }
        return JSONScalar(current)
    }
}

/// A JSON value as a matcher compares it.
enum JSONScalar: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case composite

    init(_ value: Any) {
        if value is NSNull {
            self = .null
        } else if let text = value as? String {
            self = .string(text)
        } else if let number = value as? NSNumber {
            let isBool = String(cString: number.objCType) == "c" || String(cString: number.objCType) == "B"
            self = isBool ? .bool(number.boolValue) : .number(number.doubleValue)
        } else {
            self = .composite
        }
    }

    var number: Double? {
        switch self {
        case .number(let value): value
        case .string(let text): Double(text)
        default: nil
        }
    }

    func equals(_ value: Value) -> Bool {
        switch self {
        case .null: value == .null
        case .bool(let flag): value == .bool(flag)
        case .number(let number): if case .string = value { false } else { value.number == number }
        case .string(let text): if case .string(let wanted) = value { wanted == text } else { false }
        case .composite: false
        }
    }
}
