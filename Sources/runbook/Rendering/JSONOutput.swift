import Foundation

/// JSON with sorted keys, so that the same result is the same text.
struct JSONOutput {
    let text: String

    /// One line of a JSON object or array.
    init(_ object: Any, pretty: Bool = false) throws {
        var options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { options.insert(.prettyPrinted) }
        text = String(decoding: try JSONSerialization.data(withJSONObject: object, options: options), as: UTF8.self)
    }

    /// A value with snake_case keys.
    init(encoding value: some Encodable, pretty: Bool = false) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        text = String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// A value with snake_case keys, to be part of another one.
    static func object(_ value: some Encodable) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(JSONOutput(encoding: value).text.utf8))
    }
}
