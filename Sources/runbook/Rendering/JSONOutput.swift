import Foundation
import Model

/// JSON with sorted keys, so that the same result is the same text. What could act on a terminal is escaped in it.
struct JSONOutput {
    let text: String

    /// One line of a JSON object or array.
    init(_ object: Any, pretty: Bool = false) throws {
        var options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { options.insert(.prettyPrinted) }
        text = Self.escaped(
            String(decoding: try JSONSerialization.data(withJSONObject: object, options: options), as: UTF8.self))
    }

    /// A value with snake_case keys.
    init(encoding value: some Encodable, pretty: Bool = false) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        text = Self.escaped(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// The same JSON with `\uXXXX` for what moves a terminal, turns the reading order round or can't be seen. Such
    /// characters stand in strings only.
    static func escaped(_ json: String) -> String {
        guard json.unicodeScalars.contains(where: SafeText.isUnsafe) else { return json }
        var text = ""
        text.reserveCapacity(json.utf8.count)
        for scalar in json.unicodeScalars {
            guard SafeText.isUnsafe(scalar) else {
                text.unicodeScalars.append(scalar)
                continue
            }
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return text
    }

    /// A value with snake_case keys, to be part of another one.
    static func object(_ value: some Encodable) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(JSONOutput(encoding: value).text.utf8))
    }

    /// A value's own keys in snake_case; none for a value that is no object.
    static func keys(of value: some Encodable) throws -> [String: Any] {
        try object(value) as? [String: Any] ?? [:]
    }
}
